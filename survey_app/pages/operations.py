"""For who keeps the service running, near it: whether it is well, and its counts; nothing of a code, unit or person."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from questionnaires.vocabulary import JobState
from survey_app.answering import Writer
from survey_app.core.models import Job, Round
from survey_app.core.settings import Settings
from survey_app.jobs.job_rows import Clock
from survey_app.pages.callers import find_caller, read_heads
from survey_app.pages.failures import failures
from survey_app.rounds.key_watch import is_kept_elsewhere, name_key_state
from survey_app.upkeep.doctor import look_over


@dataclass(eq=False)
class ServiceHealth:
    """What there is to look at in one process, and who may ask for it."""

    store: Engine
    writer: Writer
    clock: Clock
    is_near: Callable[[Request[Any, Any, Any]], bool]
    settings: Settings
    alone: bool
    """Whether this process is for phones alone."""
    _counted: dict[datetime, int] = field(default_factory=dict)

    def is_well(self) -> bool:
        """Whether the store can be read and what is sent will be stored."""
        try:
            with Session(self.store) as session:
                session.scalars(select(Round.id).limit(1)).first()
        except SQLAlchemyError:
            return False
        return self.writer.alive

    def key_state(self) -> str:
        """What is wrong with the open round's key, in a word or two; a machine for phones alone has none to miss."""
        if self.alone and is_kept_elsewhere(self.settings.keys):
            return ""
        with Session(self.store) as session:
            return name_key_state(session, self.settings.keys)

    def count_problems(self) -> int:
        """How many problems a start would find in this minute; the server's owner sees which (`survey doctor`)."""
        minute = self.clock().replace(second=0, microsecond=0)
        if minute not in self._counted:
            self._counted = {minute: len([*look_over(self.store, self.settings.folder, self.clock())])}
        return self._counted[minute]

    def collect(self) -> Iterator[Metric]:
        """The counts of this process, and those of the store if it can be read."""
        counted = self.writer.counted
        yield CounterMetricFamily("survey_forms_stored", "Forms this process stored.", counted.stored)
        yield CounterMetricFamily("survey_commits", "Commits they took, many forms in one.", counted.commits)
        yield CounterMetricFamily(
            "survey_forms_turned_away", "Forms it could not store; phones send again.", counted.turned_away
        )
        yield GaugeMetricFamily("survey_queue_length", "Forms that wait for a commit.", self.writer.waiting)
        try:
            stored = [*self._look()]
        except SQLAlchemyError:
            stored = []
        yield GaugeMetricFamily("survey_store_up", "Whether the store can be read.", bool(stored))
        yield from stored

    def _look(self) -> Iterator[Metric]:
        with Session(self.store) as session:
            states = dict(session.execute(select(Job.state, func.count()).group_by(Job.state)).all())
        jobs = GaugeMetricFamily("survey_jobs", "Jobs by state.", labels=["state"])
        for state in JobState:
            jobs.add_metric([state], states.get(state, 0))
        yield jobs


@get("/health", sync_to_thread=True)
def show_health(request: Request[Any, Any, Any], health: NamedDependency[ServiceHealth]) -> Response[dict[str, str]]:
    """One word: ok, or down with status 503; and beside ok where the key is, if not here, and how many problems.

    For others than may read the counts there is no such page.
    """
    if not health.is_near(request):
        raise NotFoundException
    if not health.is_well():
        return Response({"status": "down"}, status_code=503)
    said = {"status": "ok", "key": health.key_state(), "problems": str(health.count_problems() or "")}
    return Response({name: word for name, word in said.items() if word})


@get("/metrics", sync_to_thread=True)
def show_metrics(
    request: Request[Any, Any, Any],
    health: NamedDependency[ServiceHealth],
    registry: NamedDependency[CollectorRegistry],
) -> Response[bytes]:
    """Counts for Prometheus; for others there is no such page."""
    if not health.is_near(request):
        raise NotFoundException
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def operations(store: Engine, writer: Writer, clock: Clock, settings: Settings, *, alone: bool) -> Router:
    """Both routes, with a registry of their own."""
    near = partial(is_near, networks=[*map(ip_network, settings.metrics_from)])
    health = ServiceHealth(store=store, writer=writer, clock=clock, is_near=near, settings=settings, alone=alone)
    registry = CollectorRegistry()
    registry.register(health)
    registry.register(failures)
    ProcessCollector(registry=registry)
    return Router(
        path="/",
        route_handlers=[show_health, show_metrics],
        dependencies={
            "health": Provide(lambda: health, sync_to_thread=False),
            "registry": Provide(lambda: registry, sync_to_thread=False),
        },
    )


def is_near(request: Request[Any, Any, Any], networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether a request comes from one of these networks."""
    caller = find_caller(request.scope, read_heads(request.scope))
    return caller is not None and any(caller in network for network in networks)
