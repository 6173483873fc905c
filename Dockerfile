# The gate in a container: docker build -t storepact . && docker run --rm -v "$PWD:/work" storepact verify
FROM python:3.12.12-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/storepact \
 && /opt/storepact/bin/python -m pip install --no-cache-dir -q -c .ci/constraints.txt '.[postgresql]'

FROM python:3.12.12-slim-bookworm
COPY --from=build /opt/storepact /opt/storepact
RUN useradd --create-home --uid 10001 storepact && install -d -o storepact /work
ENV PATH=/opt/storepact/bin:$PATH \
    PACT_DO_NOT_TRACK=true \
    PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /work
ENTRYPOINT ["storepact"]
CMD ["verify"]
