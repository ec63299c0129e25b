# Training and engines on an NVIDIA GPU; CUDA comes with the Python packages, the host brings the driver and the NVIDIA
# container toolkit. Building it fetches TensorRT's libraries from NVIDIA's own package index.
FROM python:3.11-slim-bookworm

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends --yes tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 50000 --create-home --home-dir /var/lib/naru naru \
    && install --directory --owner=naru /lake

COPY requirements/gpu.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.txt

WORKDIR /opt/naru
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .

ENV NARU_ENV=cluster \
    NARU_ROOT=/lake \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    NVIDIA_VISIBLE_DEVICES=all \
    PYTHONPATH=/opt/naru

USER 50000
ENTRYPOINT ["tini", "--", "naru"]
CMD ["--help"]
