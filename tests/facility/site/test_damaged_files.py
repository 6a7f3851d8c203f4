"""Files damaged in any way are refused with faults; they never crash the loader."""

import copy
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facility.domain.asset import Site
from facility.domain.errors import SiteRefused
from facility.site import load

ROOT = Path(__file__).resolve().parents[3]
PROFILES = ["three_phase_meter", "booster_pump", "fire_panel", "gate_controller"]
BASE = yaml.safe_load((Path(__file__).parent / "refused" / "unknown_key" / "site.yaml").read_text(encoding="utf-8"))
del BASE["colour"], BASE["rules"]["mains_lost"]["hodl"]
BASE["assets"]["incomer-2"]["rules"] = {"overcurrent": {"limit": 400}, "no_voltage": {"hold": "1s"}}
SHIPPED = {
    name: yaml.safe_load((ROOT / "facility" / "profiles" / f"{name}.yaml").read_text(encoding="utf-8"))
    for name in PROFILES
}
GARBAGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from(
        ["", "off", "1e999", "99999999999d", "${X:-1}", "@area_owner", "..", "incomer-1", "no_voltage", "电"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["all", "point", "a b", "title"]), st.integers(), max_size=2),
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something can be replaced."""
    if path:
        yield path
    keys = tree.keys() if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield from places(tree[key], (*path, key))


def damaged(tree: Any, path: tuple[Any, ...], value: Any, *, remove: bool) -> Any:
    """A copy with one place replaced or removed."""
    changed = copy.deepcopy(tree)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    if remove:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return changed


def loaded_or_refused(path: Path) -> Site | SiteRefused:
    """Either; anything else is a crash."""
    try:
        return load(path)
    except SiteRefused as error:
        return error


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_site_is_loaded_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    where = data.draw(st.sampled_from(list(places(BASE))))
    tree = damaged(BASE, where, data.draw(GARBAGE), remove=data.draw(st.booleans()))
    path = tmp_path_factory.getbasetemp() / f"damaged-{os.getpid()}.yaml"
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    assert isinstance(loaded_or_refused(path), Site | SiteRefused)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), name=st.sampled_from(PROFILES))
def test_damaged_profile_is_loaded_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, name: str
) -> None:
    where = data.draw(st.sampled_from(list(places(SHIPPED[name]))))
    tree = damaged(SHIPPED[name], where, data.draw(GARBAGE), remove=data.draw(st.booleans()))
    folder = tmp_path_factory.getbasetemp() / f"damaged-{os.getpid()}"
    own = folder / "profiles" / f"{name}.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(yaml.safe_dump(BASE, allow_unicode=True), encoding="utf-8")
    own.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    assert isinstance(loaded_or_refused(folder / "site.yaml"), Site | SiteRefused)
    own.unlink()


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,? \n\t\u4e00\x00\x85", max_size=40))
def test_any_text_is_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"any-{os.getpid()}.yaml"
    path.write_text(text, encoding="utf-8")
    assert isinstance(loaded_or_refused(path), SiteRefused)


def test_undamaged_base_loads(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(BASE, allow_unicode=True), encoding="utf-8")
    assert isinstance(loaded_or_refused(tmp_path / "site.yaml"), Site)
