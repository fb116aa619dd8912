"""How a framework reads a config: keys, facts, versions, and where things stand."""
