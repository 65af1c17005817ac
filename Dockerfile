# An image that answers from the notes mounted at /notes:
#
#   docker build -t thinkscale .
#   docker run --rm -v ~/course-notes:/notes:ro thinkscale ask "How many parameters does GPT-2 have?"
#   docker run --rm -v ~/course-notes:/notes:ro -v thinkscale:/data -e THINKSCALE_SERVE_KEY \
#     -p 127.0.0.1:8080:8080 thinkscale serve --host 0.0.0.0
#
# Like the command itself, `serve` listens inside its container alone unless --host says otherwise.
# llama.cpp is compiled for the processor of the machine that builds the image. For others:
#   docker build --build-arg CMAKE_ARGS="-DGGML_NATIVE=OFF -DGGML_AVX2=ON -DGGML_FMA=ON" .

ARG PYTHON=3.11
FROM python:${PYTHON}-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make \
 && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/thinkscale
ENV PATH=/opt/thinkscale/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements.lock requirements-models.lock ./
COPY setup setup
# PyTorch without the packages for graphics cards; the lock then finds it installed.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN python -m pip install "pip>=24,<27" \
 && python -m pip install --index-url "$TORCH_INDEX" "$(grep -o '^torch==[0-9.]*' requirements.lock)"
# Of llama.cpp only what is loaded is compiled, with the flags without which gcc's build crashes on some processors.
ARG CMAKE_ARGS=
RUN CMAKE_ARGS="$CMAKE_ARGS" python setup/install.py
COPY pyproject.toml README.md LICENSE NOTICE config.yaml ./
COPY corpus corpus
COPY pipeline pipeline
COPY evals evals
RUN python -m pip install --no-deps .

FROM python:${PYTHON}-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home thinkscale \
 && mkdir /notes /data \
 && chown thinkscale /data
COPY --from=build /opt/thinkscale /opt/thinkscale
ENV PATH=/opt/thinkscale/bin:$PATH PYTHONUNBUFFERED=1 THINKSCALE_CACHE=/data/cache
RUN printf 'notes: {path: /notes}\nindex: {path: /data/index}\n' > /home/thinkscale/config.yaml
USER thinkscale
WORKDIR /home/thinkscale
VOLUME /data
EXPOSE 8080
HEALTHCHECK --start-period=120s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health', timeout=3)"]
ENTRYPOINT ["thinkscale"]
CMD ["serve"]
