"""
Runs OpenEvolve as it comes, with a model that answers at once inside its own process and an evaluator that only counts characters.
Prints one JSON line: the seconds at which each iteration was in its database, counted from the first, and the CPU time of all
its processes.

    python run.py FOLDER ITERATIONS WORKERS
"""

import asyncio
import json
import logging
import random
import resource
import sys
import time
from pathlib import Path

from openevolve import OpenEvolve
from openevolve.config import Config, LLMModelConfig
from openevolve.database import ProgramDatabase

EVALUATOR = """
def evaluate(path):
    text = open(path).read()
    return {"combined_score": sum(map(ord, text)) % 997 / 997}
"""
WORDS = "flow deal guard shape sight trial hands water paper glass stone light sound field root wing".split()


class Instant:
    """Rewrites the program: as long a text as the ideas of the other side, never the same twice."""

    def __init__(self):
        self.model = "instant"

    async def generate(self, prompt, **more):
        return await self.generate_with_context("", [], **more)

    async def generate_with_context(self, system_message, messages, **more):
        text = " ".join(random.choices(WORDS, k=60))
        return f"A better one:\n```python\n# {text}\nx = {random.random()}\n```\n"


def instant(_config):
    return Instant()


async def main(folder, iterations, workers):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "program.py").write_text("x = 0\n")
    (folder / "evaluator.py").write_text(EVALUATOR)
    config = Config()
    config.llm.models = [LLMModelConfig(name="instant", init_client=instant)]
    config.diff_based_evolution = False
    config.evaluator.parallel_evaluations = workers
    config.evaluator.cascade_evaluation = False
    config.log_level = "WARNING"
    added = []
    add = ProgramDatabase.add

    def timed(self, program, iteration=None, **more):
        result = add(self, program, iteration=iteration, **more)
        # What migrates between islands is added without an iteration.
        if iteration is not None:
            added.append(time.perf_counter())
        return result

    ProgramDatabase.add = timed
    logging.disable(logging.WARNING)
    run = OpenEvolve(str(folder / "program.py"), str(folder / "evaluator.py"), config, str(folder / "output"))
    await run.run(iterations=iterations)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(each.ru_utime + each.ru_stime for each in used)
    print(json.dumps({"seconds": [round(at - added[0], 5) for at in added], "cpuSeconds": cpu}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
