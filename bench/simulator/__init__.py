"""The product and a naive sync in one simulated world each, judged by its referee. See sandbox/simulator."""
