"""What a careful student writes by hand: blue-green in a hybrid cloud, five pictures, with `diagrams` and Graphviz.

It is the measure for `run.py`, so it is written as well as such a script reasonably is: one function for the picture,
called once per step; no needless import, no needless picture. It needs an installed Graphviz (`dot`).

    python handwritten_hybrid_bluegreen.py --format png --dpi 130 --output FOLDER
"""

import argparse
import os

from diagrams import Cluster, Diagram, Edge
from diagrams.aws.compute import EC2
from diagrams.aws.database import RDS
from diagrams.aws.network import ELB, Route53, SiteToSiteVpn
from diagrams.generic.os import LinuxGeneral
from diagrams.onprem.client import Users
from diagrams.onprem.database import PostgreSQL
from diagrams.onprem.network import HAProxy

BLUE = "#2F6FDE"
GREEN = "#1E9E4A"
GREY = "#9AA3AF"
VIOLET = "#7A4FD0"
COUNT = 3

# name, title, blue weight, green weight, blue is there, green is there, green is being tested
STEPS = [
    ("00-start", "Start: v1 serves everything", 100, 0, True, False, False),
    ("01-create-and-test", "Step 1 of 4: create v2 in the cloud and test it", 100, 0, True, True, True),
    ("02-switch-traffic", "Step 2 of 4: switch the traffic to v2", 0, 100, True, True, False),
    ("03-watch", "Step 3 of 4: watch v2, v1 is on standby", 0, 100, True, True, False),
    ("04-remove-blue", "Step 4 of 4: remove v1", 0, 100, False, True, False),
]


def route(weight, colour):
    """An edge for live traffic."""
    if weight:
        return Edge(label=f"{weight} %", color=colour, fontcolor=colour, penwidth=str(1 + weight / 25))
    return Edge(label="0 %", color=GREY, fontcolor=GREY, style="dashed")


def draw(folder, step, out_format, dpi):
    """Draws the picture of one step."""
    name, title, blue_weight, green_weight, has_blue, has_green, tested = step
    with Diagram(
        title,
        filename=os.path.join(folder, name),
        outformat=out_format,
        show=False,
        direction="LR",
        graph_attr={"dpi": str(dpi), "fontsize": "20", "splines": "spline", "pad": "0.3"},
    ):
        users = Users("users")
        dns = Route53("shop.example.com")

        with Cluster("On-premises"):
            haproxy = HAProxy("HAProxy")
            postgres = PostgreSQL("primary")
            blue = []
            if has_blue:
                state = "serving" if blue_weight else "standby"
                with Cluster(f"blue: v1 ({state})", graph_attr={"pencolor": BLUE if blue_weight else GREY}):
                    blue = [LinuxGeneral(f"v1 #{number}\n{state}") for number in range(1, COUNT + 1)]

        with Cluster("Cloud (AWS)"):
            elb = ELB("ELB")
            rds = RDS("replica")
            green = []
            if has_green:
                state = "serving" if green_weight else "ready"
                with Cluster(f"green: v2 ({state})", graph_attr={"pencolor": GREEN}):
                    green = [EC2(f"v2 #{number}\n{state}") for number in range(1, COUNT + 1)]

        vpn = SiteToSiteVpn("VPN")

        users >> dns
        dns >> route(blue_weight, BLUE) >> haproxy
        dns >> route(green_weight, GREEN) >> elb
        for server in blue:
            haproxy >> Edge(color=BLUE if blue_weight else GREY, style="solid" if blue_weight else "dashed") >> server
            server >> Edge(color=GREY) >> postgres
        for server in green:
            elb >> Edge(color=GREEN if green_weight else GREY, style="solid" if green_weight else "dashed") >> server
            server >> Edge(color=GREY) >> rds
        if tested:
            tester = Users("tester")
            tester >> Edge(label="test", color=VIOLET, fontcolor=VIOLET, style="dotted") >> elb
        (
            postgres
            >> Edge(label="replication", color=GREY, style="dashed")
            >> vpn
            >> Edge(color=GREY, style="dashed")
            >> rds
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=["png", "svg"], default="png")
    parser.add_argument("--dpi", type=float, default=96)
    parser.add_argument("--output", default="output/handwritten")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)
    for step in STEPS:
        draw(arguments.output, step, arguments.format, arguments.dpi)


if __name__ == "__main__":
    main()
