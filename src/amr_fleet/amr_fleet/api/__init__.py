"""The fleet's HTTP and WebSocket API and the server of the operator dashboard."""
