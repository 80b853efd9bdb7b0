"""The journeys of people in a real Chromium, on the national atlas and a real server."""
