"""FastAPI routers, one file per surface or resource: parse, call app, answer."""
