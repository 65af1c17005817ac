"""A GGUF model sampled with llama.cpp: batching, KV cache, prefill, sampling, scoring."""
