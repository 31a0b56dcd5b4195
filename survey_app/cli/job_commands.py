"""`survey job run`: what the service starts for long work."""

import os
from pathlib import Path

import click

from survey_app.cli.options import directory, open_store
from survey_app.core.logs import start_logs
from survey_app.core.settings import beijing_now
from survey_app.jobs.locks import at_work
from survey_app.jobs.running import run_job

NICE = 10  # phones come first


@click.group("job", hidden=True)
def job() -> None:
    """后台任务，由服务自己启动。"""


@job.command("run")
@click.argument("job_id", type=int)
@directory
def run(job_id: int, folder: Path) -> None:
    """做一项等待中的任务。"""
    os.nice(NICE)
    settings, engine = open_store(folder)
    start_logs(settings)
    with at_work(engine, job_id):
        run_job(engine, settings, job_id, beijing_now)
