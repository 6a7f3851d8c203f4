"""`facility drill`: scenarios of the simulators, played for people to train with."""

from dataclasses import asdict
from typing import Annotated

import typer

from facility.cli.office import office
from facility.cli.output import AsJson, refusing, say, say_json, say_table, site_path
from facility.domain.asset import Site
from facility.domain.drill import Asked, Drill
from facility.domain.errors import NotFound, Refusal
from facility.flow.drill import evaluate, running
from facility.flow.person_here import person_here
from facility.flow.rehearse import begin_drill, end_drill
from facility.ports import Stage, WorkUnit
from facility.site import load
from facility.wiring import stage_of

app = typer.Typer(
    no_args_is_help=True,
    help="Drills (演习): a scenario for real people on real channels. Every message and page says that it is a drill; "
    "only what happens on the site file's `drills.links`, which simulators serve, is ever of one.",
)
By = Annotated[str, typer.Option("--by", help="Login of the person who leads it.")]


class NoDrills(Refusal):
    """The site file names no simulators."""

    def __init__(self) -> None:
        super().__init__("the site file has no `drills:`. Add `drills: {simulators: http://…, links: […]}`")


@app.command("scenarios")
def scenarios(json: AsJson = False) -> None:
    """List what can be played, with what people should see.

    Example: [cyan]facility drill scenarios[/cyan]
    """
    with refusing(as_json=json):
        found = _stage(load(site_path(None))).scenarios()
    if json:
        say_json([{"name": one.name, "title": asdict(one.title), "see": asdict(one.see)} for one in found])
        return
    say_table(["scenario", "", "people should see"], [[one.name, one.title.en, one.see.en] for one in found])


@app.command("start")
def start(
    scenario: Annotated[str, typer.Argument(help="Name of the scenario.")],
    by: By,
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=240, help="It ends by itself after so long.")] = 30,
    participant: Annotated[list[str] | None, typer.Option("--participant", help="Name; may be repeated.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Begin a drill: people are told over their real channels, with the word DRILL before each message.

    Example: [cyan]facility drill start power-outage --by wang-qiang --minutes 20[/cyan]
    """
    with office() as here:
        stage = _stage(here.site)
        known = {one.name: one for one in stage.scenarios()}
        if scenario not in known:
            raise NotFound("scenario", scenario)
        say(f"{known[scenario].title.en}: {known[scenario].see.en}")
        if not yes and not typer.confirm("Real people will be told, with the word DRILL. Begin?"):
            raise typer.Exit(1)
        with here.work.reading() as unit:
            asked = Asked(scenario, person_here(unit, by).id, minutes, tuple(participant or ()))
        drill = begin_drill(here.work, stage, asked, here.clock)
    say(
        f"Drill {drill.id} runs until {drill.ends_at.astimezone(here.site.zone):%H:%M}. End it: facility drill end",
        "green",
    )


@app.command("end")
def finish() -> None:
    """End the drill that runs: the scenario stops, and its alerts return.

    Example: [cyan]facility drill end[/cyan]
    """
    with office() as here:
        stage = _stage(here.site)
        with here.work.reading() as unit:
            drill = running(unit, here.now)
        if drill is None:
            say("No drill runs.")
            return
        end_drill(here.work, stage, drill.id, here.clock)
    say(f"Drill {drill.id} ended. Write what was learnt: facility drill evaluate {drill.id}", "green")


@app.command("list")
def list_(json: AsJson = False) -> None:
    """List the latest drills.

    Example: [cyan]facility drill list[/cyan]
    """
    with office(as_json=json) as here, here.work.reading() as unit:
        drills = unit.drills.recent(50)
        rows = [_row(unit, here.site, drill) for drill in drills]
    if json:
        say_json([as_data(drill) for drill in drills])
        return
    say_table(["drill", "scenario", "began", "until", "led by", "evaluation"], rows) if rows else say("No drill yet.")


@app.command("evaluate")
def evaluate_(
    drill: Annotated[int, typer.Argument(help="Number of the drill.")],
    words: Annotated[str, typer.Argument(help="What went well, what did not, what will be done.")],
    by: By,
) -> None:
    """Write what was learnt from a drill that is over.

    Example: [cyan]facility drill evaluate 3 "The generator room's key was missing" --by wang-qiang[/cyan]
    """
    with office() as here, here.work.writing() as unit:
        evaluate(unit, drill, words, person_here(unit, by).id, here.now)
    say(f"Drill {drill} is evaluated.", "green")


def as_data(drill: Drill) -> dict[str, object]:
    """A drill as JSON."""
    return {
        "drill": drill.id,
        "scenario": drill.scenario,
        "started_at": drill.started_at.isoformat(),
        "ends_at": (drill.ended_at or drill.ends_at).isoformat(),
        "participants": list(drill.participants),
        "evaluation": drill.evaluation,
    }


def _row(unit: WorkUnit, site: Site, drill: Drill) -> list[str]:
    until = (drill.ended_at or drill.ends_at).astimezone(site.zone)
    began = drill.started_at.astimezone(site.zone)
    leader = unit.people.get(drill.started_by).name
    return [str(drill.id), drill.title.en, f"{began:%Y-%m-%d %H:%M}", f"{until:%H:%M}", leader, drill.evaluation]


def _stage(site: Site) -> Stage:
    stage = stage_of(site)
    if stage is None:
        raise NoDrills()
    return stage
