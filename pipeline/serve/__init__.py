"""An HTTP server over the notes and the model: OpenAI's endpoints, and a page."""
