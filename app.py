"""The whole app: settings, study, store, workflow and pages; `python app.py` serves it."""

import sys

from annotation.pages.mount import annotators_app
from annotation.pages.serve import serve
from annotation.schema import TiebreakError
from annotation.settings import read_settings, secret
from annotation.store import Store
from annotation.study import load_study
from annotation.workflow import Workflow

try:
    settings = read_settings()
    workflow = Workflow(load_study(settings.study), Store.open(settings.database_url))
    demo, app = annotators_app(workflow, secret(settings))
    if __name__ == "__main__":
        serve(app, settings, workflow.lost_pairs)
except TiebreakError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(2)
