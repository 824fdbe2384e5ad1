"""Committed events to open sockets: feeds, the fence, the hand-off."""
