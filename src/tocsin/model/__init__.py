"""What happens to somebody's systems, decided in pure code: facts and `now` in, decisions out."""
