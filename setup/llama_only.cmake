# Read by llama.cpp's own build (CMAKE_PROJECT_llama.cpp_INCLUDE): of it only the two libraries that the Python package
# loads are compiled, `llama` and `ggml`. Its helper library, tools and server are two thirds of the work.
set(LLAMA_BUILD_COMMON OFF)
set(LLAMA_BUILD_TOOLS OFF)
set(LLAMA_BUILD_SERVER OFF)
set(LLAMA_BUILD_APP OFF)
