FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:22-slim
RUN apt-get update \
  && apt-get install --no-install-recommends --yes ca-certificates git openssh-client \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production \
  SCRUM4ME_HOST=0.0.0.0 \
  SCRUM4ME_PORT=4400 \
  SCRUM4ME_DATA_DIR=/data/scrum4me \
  SCRUM4ME_AGENT_WORKTREE_DIR=/data/worktrees \
  XDG_CONFIG_HOME=/data/config
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN ln -s /app/dist/main.js /usr/local/bin/scrum4me && install --directory --owner=node --group=node --mode=700 /data
USER node
VOLUME /data
EXPOSE 4400
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SCRUM4ME_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["scrum4me"]
CMD ["up"]
