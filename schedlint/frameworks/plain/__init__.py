"""Plain training loops: generic configs and frameworks of the house."""
