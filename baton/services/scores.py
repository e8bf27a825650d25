"""``baton run scores``: contributions → rolling scores, until asked to stop."""

from functools import partial

from baton.connection_settings import settings_with_addresses
from baton.options import Home, settings_of
from local.stack.process import Progress, announce, instance_name, report_parked_sources, report_trouble
from runtime.garbage_collection import collect_rarely
from streams.stages import SCORES
from streams.worker_process import run


def command(home: Home = None) -> None:
    """Sum the contributions of the partitions this worker is given into rolling scores, until asked to stop (SIGTERM, Ctrl-C).

    \b
    Example: a second one on the same installation
        BATON_WORKER=worker-2 baton run scores
    """
    settings = settings_with_addresses(settings_of(home))
    # After the imports, which it freezes, and before the state is loaded.
    collect_rarely()
    name = instance_name("scores", settings.worker)
    ready, trouble, parked = (partial(say, settings.home, name) for say in (announce, report_trouble, report_parked_sources))
    run(SCORES, settings, str(settings.kafka), ready, trouble, parked, Progress(settings.home, name))
