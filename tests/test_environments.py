"""Environments that are put together: what there is to choose, what comes of it, and that it can be drawn."""

from __future__ import annotations

import base64
import itertools
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pictures
import test_pictures_text as readable
from drawdeploy import api, cli, describe
from drawdeploy.describe.environment import read_environment
from drawdeploy.describe.things import MAX_ICON_BYTES, MAX_ICON_PIXELS
from drawdeploy.errors import DrawDeployError
from drawdeploy.expand import expand
from drawdeploy.ledger import keep
from drawdeploy.model import Environment, NodeKind, Outcome, Service
from drawdeploy.picture import layout, raster, scene
from drawdeploy.picture.frames import draw
from drawdeploy.resources import icon_file
from drawdeploy.words import LANGUAGES, Words

ONPREM, CLOUDS = ("openstack", "vmware", "baremetal", "kubernetes"), ("aws", "azure", "gcp")


def _every() -> Iterator[str]:
    """Every environment with everything it can be made of, as ``hybrid+vmware+azure``."""
    for name in describe.environment_names():
        options = [slot.option for slot in describe.slots(name)]
        if options.count("cloud") == 2:
            yield from (f"{name}++{','.join(pair)}" for pair in itertools.permutations(CLOUDS, 2))
            continue
        sites = (ONPREM if "onprem" in options else ("",), CLOUDS if "cloud" in options else ("",))
        yield from (f"{name}+{onprem}+{cloud}" for onprem, cloud in itertools.product(*sites))


EVERY = tuple(_every())


def load(flavour: str, service: Service | None = None, capacity: int | None = None) -> Environment:
    name, onprem, cloud = (*flavour.split("+"), "", "")[:3]
    chosen = {"onprem": onprem.split(",") if onprem else (), "cloud": cloud.split(",") if cloud else ()}
    return describe.load_environment(name, service or Service(), capacity, **chosen)


# --- what there is ---------------------------------------------------------------------------------------------------


def test_all_that_is_promised_is_there() -> None:
    assert set(describe.environment_names()) >= {"plain", "private", "public", "hybrid", "multicloud", "kubernetes"}
    assert describe.site_names_for("onprem") == tuple(sorted(ONPREM))
    assert describe.site_names_for("cloud") == tuple(sorted(CLOUDS))
    assert len(EVERY) >= 4 + 3 + 12 + 6 + 3


@pytest.mark.parametrize("flavour", EVERY)
def test_every_environment_is_whole(flavour: str) -> None:
    """Routers and stores are there, labels fit below an icon, and there is advice in both languages."""
    read = load(flavour)
    kinds = {node.id: node.kind for node in read.nodes}
    assert len(kinds) == len(read.nodes)
    for site in read.sites:
        assert (kinds[site.router], kinds[site.store]) == (NodeKind.ROUTER, NodeKind.STORE)
        assert icon_file(site.compute)
    assert kinds[read.entry[0]] is NodeKind.USERS
    titles = [thing.title for thing in (*read.nodes, *read.actors, *read.sites, *read.zones)]
    assert [title for title in titles if max(len(title.en), len(title.ko)) > 14] == []
    assert 4 <= len(read.advice) <= 8
    assert len({text.en for text in read.advice}) == len(read.advice)
    assert {actor.id for actor in read.actors} >= {"pipeline", "tester", "monitoring", "operator"}
    zones = {zone.id for zone in read.zones}
    assert {node.zone for node in read.nodes} - {""} <= zones


ABILITIES = {
    "plain": "weights match mirror affinity",
    "private+openstack": "weights match affinity",
    "private+vmware": "weights match mirror affinity",
    "private+baremetal": "weights match affinity",
    "private+kubernetes": "weights match mirror",
    "public++aws": "weights match affinity",
    "public++azure": "weights match affinity",
    "public++gcp": "weights match mirror",
    "kubernetes": "weights match mirror",
    "kubernetes-ingress": "weights match mirror affinity",
}


@pytest.mark.parametrize(("flavour", "can"), ABILITIES.items())
def test_what_a_router_can_do(flavour: str, can: str) -> None:
    """By the documentation that each description cites; a change of this table needs another citation."""
    read = load(flavour)
    [router] = [node for node in read.nodes if node.kind is NodeKind.ROUTER]
    assert " ".join(router.can) == can


@pytest.mark.parametrize("flavour", EVERY)
def test_dns_does_nothing_but_split(flavour: str) -> None:
    assert {node.can for node in load(flavour).nodes if node.kind in (NodeKind.DNS, NodeKind.GSLB)} <= {("weights",)}


# --- what comes of a choice ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flavour", "slug", "title"),
    [
        ("private", "private", "Private cloud"),
        ("private+openstack", "private", "Private cloud"),
        ("private+vmware", "private-vmware", "Private cloud · VMware"),
        ("hybrid+openstack+aws", "hybrid", "Hybrid cloud"),
        ("hybrid++azure", "hybrid-openstack-azure", "Hybrid cloud · OpenStack + Azure"),
        ("hybrid+vmware+azure", "hybrid-vmware-azure", "Hybrid cloud · VMware + Azure"),
        ("multicloud++aws,azure", "multicloud", "Multi-cloud"),
        ("multicloud++azure", "multicloud-azure-aws", "Multi-cloud · Azure + AWS"),
        ("multicloud++gcp", "multicloud-gcp-aws", "Multi-cloud · Google Cloud + AWS"),
        ("multicloud++gcp,azure", "multicloud-gcp-azure", "Multi-cloud · Google Cloud + Azure"),
        ("kubernetes", "kubernetes", "Kubernetes"),
    ],
)
def test_the_name_tells_what_is_unusual(flavour: str, slug: str, title: str) -> None:
    """What is told is what it is, and not how it was asked for: the same environment, the same folder."""
    read = load(flavour)
    assert (read.id, read.title.en) == (slug, title)


def test_no_two_choices_share_a_folder() -> None:
    slugs = [load(flavour).id for flavour in EVERY]
    assert len(set(slugs)) == len(slugs)


def test_a_site_brings_its_own_along() -> None:
    read = load("hybrid+vmware+azure")
    onprem, cloud = read.sites
    assert (onprem.router, onprem.store, onprem.provider, onprem.capacity) == ("nginx", "primary", "VMware", 4)
    assert (cloud.router, cloud.store, cloud.provider, cloud.capacity) == ("frontdoor", "replica", "Azure", None)
    nodes = {node.id: node for node in read.nodes}
    assert nodes["gslb"].icon == "azure.network.TrafficManagerProfiles"
    assert (nodes["primary"].title.en, nodes["primary"].icon) == ("DB primary", "onprem.database.PostgreSQL")
    assert (nodes["primary"].site, nodes["primary"].zone, nodes["nginx"].zone) == ("onprem", "internal", "dmz")
    assert [link.icon for link in read.links] == ["azure.network.VirtualNetworkGateways"]
    assert [zone.id for zone in read.zones] == ["dmz", "internal"]
    assert (read.start_seconds, read.stop_seconds) == (120, 30), "the slower of the two"
    assert any("Front Door" in text.en for text in read.advice)
    assert any("ESXi" in text.en for text in read.advice)


def test_who_acts_belongs_to_the_only_place() -> None:
    titles = {actor.id: actor.title.en for actor in load("public++azure").actors}
    assert titles["monitoring"] == "Azure Monitor"
    assert {actor.id: actor.title.en for actor in load("hybrid++azure").actors}["monitoring"] == "Monitoring"


def test_what_a_site_does_not_have_is_left_out() -> None:
    assert load("public++aws").entry == ("users", "dns", "cdn")
    assert load("public++gcp").entry == ("users", "dns")
    assert load("private+baremetal").entry == ("users", "firewall")
    assert load("private").entry == ("users", "dns")


@pytest.mark.parametrize(
    ("flavour", "message", "hint"),
    [
        ("plain+vmware", "environment 'plain' has no on-premises site to choose", "leave --onprem out"),
        ("private++aws", "environment 'private' has no cloud to choose", "leave --cloud out"),
        ("private+aws", "'aws' is no on-premises site", "--cloud aws"),
        ("hybrid++vmware", "'vmware' is no cloud", "--onprem vmware"),
        ("hybrid+vmwre", "unknown site 'vmwre'", "did you mean 'vmware'?"),
        ("hybrid++aws,gcp", "--cloud names 2, but environment 'hybrid' has 1", "--cloud aws"),
        ("multicloud++aws,aws", "--cloud names 'aws' twice", "two that differ"),
        ("kubernetes+openstack", "environment 'kubernetes' has no on-premises site to choose", ""),
    ],
)
def test_a_choice_that_there_is_not(flavour: str, message: str, hint: str) -> None:
    with pytest.raises(DrawDeployError) as caught:
        load(flavour)
    assert message in str(caught.value)
    assert hint in str(caught.value)


def test_what_is_built_in_is_found_without_a_look_at_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """That look takes 40 ms."""
    describe._shared.cache_clear()
    monkeypatch.setattr(describe.registry, "offered", lambda _: pytest.fail("looked"))
    assert api.plan("bluegreen", env="hybrid", onprem="vmware", cloud="gcp").plan.slug == "bluegreen-hybrid-vmware-gcp"
    describe._shared.cache_clear()


GOLDEN = Path(__file__).parent / "golden" / "environments.txt"
WRITE = os.environ.get("DRAWDEPLOY_GOLDEN") == "write"


def _told(read: Environment) -> Iterator[str]:
    """An environment in a few lines, as far as plans and pictures depend on it."""
    yield f"{read.id}: {read.title.en} / {read.title.ko} · start {read.start_seconds} s, stop {read.stop_seconds} s"
    for site in read.sites:
        room = "elastic" if site.capacity is None else f"{site.capacity} fit"
        where = f"{site.title.en} · {site.subtitle.en} · {site.provider}"
        yield f"  site {site.id} ({site.kind}): {where} · {site.compute} · {room} · {site.router} · {site.store}"
    for node in read.nodes:
        where = "".join(f" @{part}" for part in (node.site, node.zone) if part)
        can = f" · {' '.join(node.can)}" if node.kind not in (NodeKind.USERS, NodeKind.STORE, NodeKind.FIREWALL) else ""
        switch = f" · {node.switch_seconds} s" if node.switch_seconds else ""
        yield f"  {node.kind.value} {node.id}{where}: {node.title.en} / {node.title.ko} · {node.icon}{switch}{can}"
    yield f"  entry {' → '.join(read.entry)}"
    for link in read.links:
        yield f"  link {link.source} → {link.target}: {link.title.en} · {link.icon}"
    yield f"  actors {', '.join(f'{actor.title.en} ({actor.icon})' for actor in read.actors)}"
    for placement in read.placements:
        rounds = "; ".join(", ".join(f"{key}: {site}" for key, site in scope) for scope in placement.rounds)
        yield f"  placement {placement.id}: {rounds} · {' '.join(placement.split)}"
    yield from (f"  zone {zone.id}: {zone.title.en}" for zone in read.zones)
    yield from (f"  advice {text.en}" for text in read.advice)


def test_golden_environments() -> None:
    text = "".join(f"{line}\n" for flavour in EVERY for line in _told(load(flavour)))
    if WRITE:
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8"), "run with DRAWDEPLOY_GOLDEN=write, and read the difference"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("hibrid", "did you mean 'hybrid'?"),
        ("vmware", "did you mean --env private --onprem vmware?"),
        ("aws", "did you mean --env public --cloud aws?"),
        ("aws-gcp", "did you mean --env multicloud --cloud aws,gcp?"),
        ("hybrid-vmware-azure", "did you mean --env hybrid --onprem vmware --cloud azure?"),
        ("vmware-azure", "did you mean --env hybrid --onprem vmware --cloud azure?"),
        ("private-moon", "did you mean 'private'?"),
        ("-", ""),
        ("x" * 5000, ""),
    ],
)
def test_what_an_environment_is_made_of_is_no_name_of_one(name: str, hint: str) -> None:
    assert describe.unknown_environment(name).faults[0].hint.startswith(hint)


# --- through Python --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("onprem", "cloud", "message"),
    [
        ("opnstack", None, "unknown on-premises site 'opnstack'\n  hint: did you mean 'openstack'?"),
        (None, "azur", "unknown cloud 'azur'\n  hint: did you mean 'azure'?"),
        (None, ["gcp", "awz"], "unknown cloud 'awz'\n  hint: did you mean 'aws'?"),
        (None, "zzz", "unknown cloud 'zzz'\n  hint: one of: aws, azure, gcp"),
    ],
)
def test_an_unknown_name_gives_the_nearest_of_its_kind(
    onprem: str | None, cloud: str | list[str] | None, message: str
) -> None:
    with pytest.raises(DrawDeployError) as caught:
        api.plan("bluegreen", env="hybrid", onprem=onprem, cloud=cloud)
    assert message in str(caught.value)


def test_the_folder_is_named_by_the_choice() -> None:
    planned = api.plan("bluegreen", env="hybrid", onprem="vmware", cloud=["azure"])
    assert planned.plan.slug == "bluegreen-hybrid-vmware-azure"


# --- on the command line ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("list icons --search nginx", 0, ["onprem.network.Nginx\n"]),
        ("list icons --search nosuchicon", 1, ["nothing matches 'nosuchicon'", "icons are named like aws.compute.EC2"]),
        ("list icn", 2, ["unknown list 'icn'", "did you mean 'icons'?"]),
        ("list sites --lang ko", 0, ["사이트 종류", "--onprem vmware · NGINX ×2: weights, match, mirror, affinity"]),
        ("list environments", 0, ["--onprem", "baremetal, kubernetes, openstack, vmware [openstack]", "[aws,azure]"]),
        ("list --search frontdoor", 1, ["nothing matches"]),
        ("list --search front", 0, ["azure"]),
        ("plan bluegreen --env hybrid --onprem vmwre", 2, ["--onprem: unknown on-premises site 'vmwre'", "'vmware'?"]),
        ("plan bluegreen --env hybrid --cloud aws,azur", 2, ["--cloud: unknown cloud 'azur'", "did you mean 'azure'?"]),
        ("plan bluegreen --env plain --cloud aws", 2, ["'plain' has no cloud to choose", "leave --cloud out"]),
        ("plan bluegreen --env hybrid --onprem ./none.yaml", 2, ["./none.yaml: there is no such file"]),
        ("plan bluegreen --env multicloud --cloud gcp,aws --json", 0, ['"id": "multicloud-gcp-aws"']),
        ("bluegreen --help", 0, ["--onprem NAME", "--cloud NAME", "aws, azure, gcp"]),
    ],
)
def test_commands(line: str, code: int, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(line.split()) == code
    said = capsys.readouterr()
    assert [word for word in words if word not in said.out + said.err] == []


def test_a_variable_says_the_same(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWDEPLOY_CLOUD", "gcp")
    assert cli.run(["plan", "bluegreen", "--env", "hybrid", "--json"]) == 0
    assert '"id": "hybrid-openstack-gcp"' in capsys.readouterr().out
    assert cli.run(["plan", "bluegreen", "--env", "private"]) == 2
    assert "the environment sets DRAWDEPLOY_CLOUD=gcp" in capsys.readouterr().err


def test_icons_are_searched_by_words() -> None:
    assert "onprem.network.Nginx" in api.icons("nginx")
    assert "aws.network.ElbApplicationLoadBalancer" in api.icons("load balancer aws")
    assert api.icons("no such icon at all") == ()


# --- a description of one's own --------------------------------------------------------------------------------------

OWN = """\
apiVersion: drawdeploy/v1
kind: Environment
name: own
title: Own
summary: Two halls.
zones: [{id: dmz, title: DMZ}]
sites:
- {id: here, use: openstack, title: Here, capacity: 5, subtitle: hall 1}
- {id: there, use: {onprem: openstack}, title: There, provider: us}
nodes:
- {id: users, kind: users, title: Users, icon: onprem.client.Users}
- {id: cdn, kind: cdn, title: CDN, icon: saas.cdn.Cloudflare, zone: dmz}
- {id: gslb, kind: gslb, title: GSLB, icon: aws.network.Route53}
entry: [users, cdn, gslb]
placements: [{id: both, title: Both, rounds: [here, there]}]
advice: [Watch it.]
"""


def written(tmp_path: Path, text: str, name: str = "own.yaml") -> str:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path / name)


def own(tmp_path: Path, text: str = OWN, **chosen: list[str]) -> Environment:
    return describe.load_environment(written(tmp_path, text), Service(), **chosen)


def test_the_same_kind_of_site_twice(tmp_path: Path) -> None:
    """Each has a router and a store of its own, though they are described once."""
    here, there = own(tmp_path).sites
    assert (here.router, here.store, there.router, there.store) == (
        "haproxy", "database", "haproxy-there", "database-there",
    )  # fmt: skip
    assert (here.capacity, here.subtitle.en, here.provider) == (5, "hall 1", "OpenStack")
    assert (there.capacity, there.provider) == (6, "us")


def test_a_kind_of_site_from_a_file(tmp_path: Path) -> None:
    kit = (describe.resources.folder("drawings") / "sites" / "vmware.yaml").read_text(encoding="utf-8")
    path = written(tmp_path, kit.replace("name: vmware", "name: hall"), "hall.yaml")
    read = own(tmp_path, onprem=[path])
    assert (read.id, read.sites[1].router) == ("own-hall", "nginx")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("use: openstack", "use: opnstack", "8:19: unknown site 'opnstack'\n"),
        ("{onprem: openstack}", "{onprem: opnstack}", "9:20: unknown site 'opnstack'\n"),
        ("{onprem: openstack}", "{onprem: aws}", "9:20: 'aws' is no on-premises site\n"),
        ("{onprem: openstack}", "{onprm: openstack}", "9:21: unknown option 'onprm'\n"),
        ("{onprem: openstack}", "{}", "9:20: 'use' names one thing\n"),
        ("zone: dmz", "zone: dzm", "12:69: unknown zone 'dzm'\n"),
        ("{id: gslb, kind: gslb", "{id: gslb, of: her, kind: gslb", "13:18: unknown site that uses something 'her'\n"),
        ("GSLB, icon", "GSLB, can: [weigths], icon", "13:45: unknown ability 'weigths'\n"),
        ("CDN, icon", "CDN, can: [mirror, mirro], icon", "12:50: unknown ability 'mirro'\n"),
        ("Users, icon", "Users, can: [mirror], icon", "11:47: 'can' is for what routes, not for users\n"),
        ("entry: [users, cdn", "entry: [users, haproxy", "14:16: unknown node on the way of the users 'haproxy'\n"),
        ("saas.cdn.Cloudflare", "../cloud.png", "12:42: the icon '../cloud.png' is not beside the description\n"),
    ],
)  # fmt: skip
def test_faults_are_told_where_they_are(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert OWN.count(old) == 1
    with pytest.raises(DrawDeployError) as caught:
        own(tmp_path, OWN.replace(old, new))
    assert len(caught.value.faults) == 1
    assert fault in str(caught.value) + "\n", str(caught.value)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.data())
def test_whatever_is_written_is_an_environment_or_a_fault(data: st.DataObject) -> None:
    """Words exchanged and lines dropped: never anything but a fault that says where."""
    shelf = describe._Shelf(Service())
    words = re.findall(r"[\w./-]+", OWN)
    text = OWN
    for _ in range(data.draw(st.integers(1, 3))):
        old, new = data.draw(st.sampled_from(words)), data.draw(st.sampled_from([*words, "", "[]", "{}", "-1", "~"]))
        text = text.replace(old, new, 1)
    lines = text.splitlines()
    del lines[data.draw(st.integers(3, len(lines) - 1))]
    try:
        read = read_environment("\n".join(lines), "f.yaml", Service(), shelf=shelf)
    except DrawDeployError as error:
        assert all(fault.where and fault.where.line for fault in error.faults if fault.where)
    else:
        assert {site.router for site in read.sites} <= {node.id for node in read.nodes}


SITE = """\
apiVersion: drawdeploy/v1
kind: Site
name: hall
place: on-premises
title: Hall
compute: onprem.compute.Server
nodes:
- {id: lb, kind: router, title: LB, icon: onprem.network.HAProxy}
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("place: on-premises", "place: moon", "4:8: unknown place 'moon'"),
        ("kind: router", "kind: store", "8:1: a site needs a router"),
        ("nodes:\n", "nodes:\n- {id: u, kind: users, title: U, icon: onprem.client.Users}\n", "and no users: 'u'"),
        ("title: Hall", "title: Hall\nlinc: 1", "6:1: unknown key 'linc' in the site"),
        ("name: hall", "name: Hall", "3:7: 'name' cannot be 'Hall'"),
    ],
)
def test_faults_of_a_kind_of_site(tmp_path: Path, old: str, new: str, fault: str) -> None:
    with pytest.raises(DrawDeployError) as caught:
        describe.load_site(written(tmp_path, SITE.replace(old, new)), Service())
    assert fault in str(caught.value)


# --- the project's own drawings --------------------------------------------------------------------------------------


def test_the_projects_drawings_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for kind in ("strategies", "environments", "sites"):
        (tmp_path / "drawings" / kind).mkdir(parents=True)
    folder = tmp_path / "drawings"
    strategy = (describe.resources.folder("drawings") / "strategies" / "bluegreen.yaml").read_text(encoding="utf-8")
    written(folder / "strategies", strategy.replace("name: bluegreen", "name: ours"), "ours.yaml")
    written(folder / "environments", OWN)
    written(folder / "sites", SITE, "hall.yaml")
    assert "ours" in describe.strategy_names()
    assert "own" in describe.environment_names()
    assert "hall" in describe.site_names()
    assert "ours" in dict(api.built_in_strategies())
    planned = api.plan("ours", env="own", onprem="hall", replicas=4)
    assert planned.plan.slug == "ours-own-hall"


def test_packages_bring_kinds_of_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sites").mkdir()
    written(tmp_path / "sites", SITE, "hall.yaml")
    monkeypatch.setattr(describe.registry, "offered", lambda _: (("extra", tmp_path),))
    describe._shared.cache_clear()
    assert describe.site_names()[-1] == "hall"
    assert api.plan("bluegreen", env="private", onprem="hall").plan.slug == "bluegreen-private-hall"
    describe._shared.cache_clear()


def test_the_projects_own_comes_before_what_is_built_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drawings" / "environments").mkdir(parents=True)
    written(tmp_path / "drawings" / "environments", OWN.replace("name: own", "name: plain"), "plain.yaml")
    assert describe.load_environment("plain", Service()).title.en == "Own"
    assert describe.environment_names().count("plain") == 1


def test_a_broken_drawing_of_the_project_hides_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drawings" / "strategies").mkdir(parents=True)
    (tmp_path / "drawings" / "strategies" / "torn.yaml").write_bytes(b"title: {en: [\xff")
    assert dict(api.built_in_strategies())["torn"] == ""
    assert describe.load_strategy("bluegreen").id == "bluegreen"


# --- icons of one's own ----------------------------------------------------------------------------------------------


def png(width: int = 1, height: int = 1) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x06\0\0\0"


def with_icon(name: str) -> str:
    return OWN.replace("saas.cdn.Cloudflare", name)


def test_an_icon_of_ones_own_is_drawn(tmp_path: Path) -> None:
    """It travels inside the picture: no path of this machine does."""
    (tmp_path / "logo.png").write_bytes(raster.png('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'))
    read = own(tmp_path, with_icon("./logo.png"))
    icon = next(node.icon for node in read.nodes if node.id == "cdn")
    assert base64.b64decode(icon.partition(",")[2]) == (tmp_path / "logo.png").read_bytes()
    service = Service(replicas=2)
    plan = expand(describe.load_strategy("bluegreen"), read, service)
    sheets = draw(plan, keep(plan), lang="en", steps=(1,), rollbacks=False, overview=False)
    names = [name for name, _ in sheets.icons if name.startswith("icon-own-")]
    assert len(names) == 1
    assert f'"#{names[0]}"' in sheets.frames[0].body
    assert str(tmp_path) not in str(sheets)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../logo.png", "is not beside the description"),
        ("/etc/passwd", "is not beside the description"),
        ("./sub/logo.png", "is not beside the description"),
        ("./../logo.png", "is not beside the description"),
        ("..\\logo.png", "is not beside the description"),
        ("logo.png", "is not beside the description"),
        ("./logo.svg", "is no PNG"),
        ("./none.png", "there is no icon './none.png'"),
        ("./text.png", "is no PNG of at most"),
        ("./huge.png", "is no PNG of at most"),
        ("./heavy.png", "is larger than"),
        ("./link.png", "leads out of the folder"),
        ("./folder.png", "there is no icon"),
        ("./pipe.png", "there is no icon"),
    ],
)
def test_an_icon_from_elsewhere_is_refused(tmp_path: Path, name: str, message: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "logo.png").write_bytes(png())
    (inside / "logo.svg").write_text("<svg/>")
    (inside / "text.png").write_text("no picture, whatever its name says")
    (inside / "huge.png").write_bytes(png(MAX_ICON_PIXELS + 1, 1))
    (inside / "heavy.png").write_bytes(png() + bytes(MAX_ICON_BYTES))
    (inside / "link.png").symlink_to(tmp_path / "logo.png")
    (inside / "folder.png").mkdir()
    os.mkfifo(inside / "pipe.png")
    with pytest.raises(DrawDeployError) as caught:
        own(inside, with_icon(name))
    assert message in str(caught.value)


def test_a_description_that_lies_nowhere_has_no_icons() -> None:
    with pytest.raises(DrawDeployError, match="lies beside no file"):
        read_environment(with_icon("./logo.png"), "<stdin>", Service())


# --- plans and pictures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flavour", EVERY)
def test_the_seeds_can_be_planned_everywhere(flavour: str) -> None:
    service = Service(replicas=4)
    read = load(flavour, service)
    for strategy, placement in itertools.product(("bluegreen", "rollout"), read.placements):
        plan = expand(describe.load_strategy(strategy), read, service, placement=placement.id)
        assert plan.outcome is Outcome.PROMOTED
        assert plan.warnings == () or read.sites[0].capacity is not None


def _cases() -> Iterator[pictures.Case]:
    """Every environment once, with sizes, languages, themes and strategies in turn."""
    for index, flavour in enumerate(EVERY):
        strategy = ("bluegreen", "rollout")[index % 2]
        placements = [placement.id for placement in load(flavour).placements]
        yield pictures.Case(
            strategy, flavour, placements[index // 2 % len(placements)], (3, 12, 2, 60)[index % 4],
            LANGUAGES[index % 2], ("light", "dark")[index // 2 % 2], "25%" if strategy == "rollout" else "",
        )  # fmt: skip


@pytest.mark.parametrize("case", list(_cases()), ids=str)
def test_every_environment_draws_well(case: pictures.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds for the pictures of the first environments holds for these."""
    monkeypatch.setattr(pictures, "load_environment", load)
    readable.test_text_is_large_enough(case)
    readable.test_text_is_inside_the_picture_and_inside_what_it_stands_in(case)
    readable.test_no_text_on_another(case)
    readable.test_nothing_is_drawn_over_a_text(case)
    readable.test_no_text_on_an_icon(case)
    readable.test_no_line_through_a_text(case)
    readable.test_every_character_has_a_glyph(case)
    readable.test_text_as_drawn_is_legible(case)


def test_network_zones_are_frames_in_the_frame_of_their_site_where_there_is_room() -> None:
    def placed(flavour: str, replicas: int, detail: scene.Detail) -> layout.Layout:
        service = Service(replicas=replicas)
        plan = expand(describe.load_strategy("bluegreen"), load(flavour, service), service)
        return layout.place(scene.build(plan, [Words(lang) for lang in LANGUAGES], detail))

    found = placed("private+baremetal", 3, scene.FULL)
    assert [zone for _, zone in found.zones] == ["dmz", "internal"]
    for (site, zone), frame in found.zones.items():
        assert pictures.inside(frame, found.sites[site])
        for thing in found.scene.things:
            if thing.site == site:
                assert pictures.inside(found.boxes[thing.id], frame) == (thing.zone == zone)
    assert not pictures.meet(*found.zones.values())
    for flavour, replicas, detail in (
        ("private+baremetal", 12, scene.FULL),
        ("private+baremetal", 3, scene.BRIEF),
        ("hybrid+baremetal", 3, scene.FULL),
        ("private+openstack", 3, scene.FULL),
    ):
        assert not placed(flavour, replicas, detail).zones, "text that can be read comes first"


# --- what the documentation says -------------------------------------------------------------------------------------

DOCS = (Path(__file__).parent.parent / "docs" / "environments.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL))
def test_the_examples_of_the_documentation_work(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    if "kind: Site" in text:
        read = describe.load_environment("private", Service(), onprem=[path])
    else:
        read = describe.load_environment(path, Service())
    assert expand(describe.load_strategy("rollout"), read, Service()).outcome is Outcome.PROMOTED


def test_the_table_of_the_documentation_is_true() -> None:
    told = {
        row[0]: row[1:]
        for row in re.findall(r"^\| `(\w+)`(?: \(usual\))? \| `--(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", DOCS, re.M)
    }
    found = {}
    for option in ("onprem", "cloud"):
        for name in describe.site_names_for(option):
            router = describe.load_site(name, Service()).node(NodeKind.ROUTER)
            assert router is not None
            wait = f"{router.switch_seconds // 60} min" if router.switch_seconds > 60 else f"{router.switch_seconds} s"
            found[name] = (option, router.title.en, ", ".join(router.can), wait)
    assert told == found
    assert set(re.findall(r"^\| `(\w[\w-]*)` \|(?! `--)", DOCS, re.M)) == set(describe.environment_names())
