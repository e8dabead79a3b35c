# Web, worker and timetable from one image; compose.yaml says which one a container is.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DEMO=no \
    WEB_THREADS=64 \
    PROMETHEUS_MULTIPROC_DIR=/tmp/metrics \
    NUMBA_CACHE_DIR=/tmp/numba
RUN useradd --system --uid 10001 --no-create-home rootwatch
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py pyproject.toml ./
COPY backend backend
COPY tracker tracker
COPY analytics analytics
COPY alerts alerts
COPY dashboard dashboard
# No server is asked and no secret is used: these settings only let the command start.
RUN SECRET_KEY=only-to-collect-static-files-0123456789-abcdefghijklmnop ALLOWED_HOSTS=build DATABASE_URL=postgresql://build/build \
    REDIS_URL=redis://build python manage.py collectstatic --noinput --verbosity 0
USER rootwatch
EXPOSE 8000
# Redirected to HTTPS it would ask a port that is not there: the header says it came by it.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-m", "backend.probe"]
CMD ["sh", "-c", "mkdir -p /tmp/metrics && exec granian --interface wsgi --host 0.0.0.0 --port 8000 --workers ${WEB_WORKERS:-2} --blocking-threads ${WEB_THREADS} --respawn-failed-workers backend.wsgi:application"]
