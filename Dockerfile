# syntax=docker/dockerfile:1
ARG NODE_IMAGE=node:22.23.3-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# What runs needs neither compilers nor the optional native engines.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM ${NODE_IMAGE} AS cpu
LABEL org.opencontainers.image.title="focal-loss-service" \
      org.opencontainers.image.description="Focal loss, its gradients and a per-class breakdown over HTTP" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY docker/healthcheck.mjs ./docker/healthcheck.mjs
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DRAIN_DELAY_MS=5000
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["node", "docker/healthcheck.mjs"]
# Node itself gets SIGTERM, not a shell that would keep it.
CMD ["node", "dist/main.js"]
