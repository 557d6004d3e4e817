"""Extensions of uvicorn: limits on connections, and trusted proxies."""
