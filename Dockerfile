# polyprov with the drivers of every kind of store that a server has.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No scripts: `prepare` builds, and the sources come after.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY planner planner
COPY connectors connectors
COPY examples examples
COPY src src
RUN npm run build

FROM node:22-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# The drivers are optional peers: needed here, in the versions that the lock file has for building and testing.
RUN npm pkg delete devDependencies \
  && npm pkg set 'dependencies.pg=*' 'dependencies.mongodb=*' 'dependencies.@aws-sdk/client-s3=*' \
  && npm install --omit=dev --ignore-scripts

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN ln -s /app/dist/src/cli/main.js /usr/local/bin/polyprov && install -d -o node -g node /data
USER node
WORKDIR /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=10s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["polyprov"]
CMD ["serve", "--host", "0.0.0.0"]
