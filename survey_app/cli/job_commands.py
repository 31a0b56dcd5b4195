"""`survey job run`: what the service starts for long work."""

import os
import sys
from pathlib import Path

import click

from survey_app.cli.opened_store import open_store
from survey_app.cli.options import directory
from survey_app.core.db.job_locks import at_work
from survey_app.core.logs import start_logs
from survey_app.core.settings import beijing_now
from survey_app.jobs.job_work import run_job
from survey_app.rounds.keys import SEED_BYTES

NICE = 10  # phones come first


@click.group("job", hidden=True)
def job() -> None:
    """后台任务，由服务自己启动。"""


@job.command("run")
@click.argument("job_id", type=int)
@directory
def run(job_id: int, folder: Path) -> None:
    """做一项等待中的任务；启封用的密钥从标准输入来。"""
    os.nice(NICE)
    secret = b"" if sys.stdin.isatty() else sys.stdin.buffer.read(SEED_BYTES)
    settings, engine = open_store(folder)
    start_logs(settings)
    with at_work(engine, job_id):
        run_job(engine, settings, job_id, beijing_now, secret)
