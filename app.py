"""The whole app: settings, study, store, workflow and pages; `python app.py` serves it."""

import gc
import sys

from annotation.hub.local import local_study
from annotation.mirror.kept import open_kept
from annotation.pages.mount import annotators_app
from annotation.pages.researcher.access import door_of
from annotation.pages.serve import serve
from annotation.schema import TiebreakError
from annotation.served import load_served
from annotation.settings import (
    old_secrets,
    read_oauth,
    read_researchers,
    read_settings,
    secret,
)
from annotation.workflow import Workflow

try:
    settings = read_settings()
    say = sys.stderr.write
    folder = local_study(settings.study_given, lambda line: say(f"{line}\n"), patience=60)
    served = load_served(folder)
    gc.freeze()  # the collector need not walk through 100,000 pairs again and again
    kept = open_kept(settings, secret(settings), old_secrets())
    workflow = Workflow(served, kept.store, lease=settings.lease, durability=kept.durability)
    door = door_of(read_researchers(settings))
    demo, app = annotators_app(
        workflow,
        secret(settings),
        read_oauth(),
        old_secrets(),
        door,
        settings.joins_per_minute,
    )
    if __name__ == "__main__":
        serve(app, settings, workflow.lost_pairs, kept, door.link)
except TiebreakError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(2)
