"""Use cases: gather facts, call the model, store what it decided."""
