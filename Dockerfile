# Targets: cpu, the embedded engine, which is the default; cuda, NVIDIA GPUs too. docs/how-to/images.md tells how to pin the bases
# by digest and how to take others.
ARG NODE_IMAGE=node:24.22.3-bookworm-slim
ARG CUDA_IMAGE=nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts

FROM packages AS build
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# What runs needs neither compilers nor the optional native engines.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM ${NODE_IMAGE} AS cuda-dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM packages AS tensorflow
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ make python3-pip \
    && rm -rf /var/lib/apt/lists/*
COPY scripts/setup-tensorflow.ts scripts/tensorflow-library.ts scripts/typescript.mjs ./scripts/
# A line of a pip requirements file: a version with its hash, or the address of a wheel.
ARG TENSORFLOW="tensorflow==2.21.0 --hash=sha256:9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124"
# For whichever Python: the library in the wheel is the same for all.
RUN echo "${TENSORFLOW}" > /tmp/library.txt \
    && pip download --quiet --no-deps --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 \
      --platform manylinux_2_27_x86_64 --dest /tmp/library --requirement /tmp/library.txt \
    && npm run setup:tensorflow -- /tmp/library/*.whl \
    && rm -r /tmp/library

FROM ${CUDA_IMAGE} AS cuda
ARG CUDA_IMAGE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="focal-loss-service" \
      org.opencontainers.image.description="Focal loss, its gradients and a per-class breakdown over HTTP, on NVIDIA GPUs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/focal-loss-service/focal-loss-service" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${CUDA_IMAGE}"
WORKDIR /app
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=cuda-dependencies /app/node_modules ./node_modules
COPY --from=tensorflow /app/node_modules/@tensorflow/tfjs-node-gpu/deps/lib ./node_modules/@tensorflow/tfjs-node-gpu/deps/lib
COPY --from=tensorflow /app/node_modules/@tensorflow/tfjs-node-gpu/lib ./node_modules/@tensorflow/tfjs-node-gpu/lib
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY docker/healthcheck.mjs ./docker/healthcheck.mjs
# Where the driver keeps what it compiles for a GPU that the library has no code for, which takes minutes.
RUN install --directory --owner 1000 --group 1000 /var/cache/cuda
VOLUME /var/cache/cuda
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DRAIN_DELAY_MS=5000 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    TF_FORCE_GPU_ALLOW_GROWTH=true \
    CUDA_CACHE_PATH=/var/cache/cuda \
    CUDA_CACHE_MAXSIZE=4294967296
USER 1000:1000
EXPOSE 8080
STOPSIGNAL SIGTERM
# The self-test of cuda has 10 minutes.
HEALTHCHECK --interval=10s --timeout=3s --start-period=600s CMD ["node", "docker/healthcheck.mjs"]
ENTRYPOINT []
CMD ["node", "dist/main.js"]

# Last, so that a build without a target makes it.
FROM ${NODE_IMAGE} AS cpu
ARG NODE_IMAGE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="focal-loss-service" \
      org.opencontainers.image.description="Focal loss, its gradients and a per-class breakdown over HTTP" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/focal-loss-service/focal-loss-service" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${NODE_IMAGE}"
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY docker/healthcheck.mjs ./docker/healthcheck.mjs
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DRAIN_DELAY_MS=5000
# By number: Kubernetes' runAsNonRoot can't tell whom a name stands for.
USER 1000:1000
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["node", "docker/healthcheck.mjs"]
# Node itself gets SIGTERM, not a shell that would keep it.
ENTRYPOINT []
CMD ["node", "dist/main.js"]
