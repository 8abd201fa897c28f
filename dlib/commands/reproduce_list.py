"""``dlib_reproduce --list``: which models of a study are done, running, failed, missing."""

from dlib.execution import state, study_state
from dlib.execution.jobs import DONE, FAILED, RUNNING, STOPPED
from dlib.execution.place import Place

ORDER = (DONE, RUNNING, FAILED, STOPPED, state.MISSING)


def print_states(jobs, place, budget):
    """Prints how many models are in which state, with their numbers, and why some failed.

    Args:
      jobs: the models' jobs.
      place: where their folders lie, a folder or an address.
      budget: what they are asked for with; done with another budget is told apart.
    """
    states = study_state.states(Place(place), jobs)
    for name in ORDER:
        numbers = [
            int(job.name.split("/")[-1]) for job in jobs if states[job.folder].status == name
        ]
        print(f"{name:8} {len(numbers):6}  {ranges(numbers)}".rstrip())
    for job in jobs:
        if states[job.folder].status == FAILED:
            print(f"{job.name}: {states[job.folder].error}")
    other = {
        job.name: states[job.folder].budget
        for job in jobs
        if states[job.folder].budget not in (None, budget)
    }
    if other:
        name, recorded = next(iter(other.items()))
        print(f"{len(other)} have another budget than {budget}, such as {name}: {recorded}")


def ranges(numbers):
    """Numbers that rise, as "0-3,7,9-10"."""
    groups = []
    for number in numbers:
        if groups and number == groups[-1][1] + 1:
            groups[-1][1] = number
        else:
            groups.append([number, number])
    return ",".join(f"{a}-{b}" if b > a else str(a) for a, b in groups)
