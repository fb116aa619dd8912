"""What comes out: one file an output format. Reports know findings and plans, and decide
nothing.
"""
