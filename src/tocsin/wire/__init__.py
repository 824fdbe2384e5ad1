"""The dialects: pure translations between the model and the bytes of each protocol."""
