"""Who answers for what, and when: working time, duty, and what follows when nobody acts. Pure; time is an argument."""
