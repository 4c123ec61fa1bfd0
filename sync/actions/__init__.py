"""What each act means: its preview in sentences, and its effect on the case, on desired state and on the record."""
