"""What is asked: settings, HTTP API, web pages and the geo-service command."""
