"""Connections: how they are accepted and bounded, and what uvicorn lacks."""
