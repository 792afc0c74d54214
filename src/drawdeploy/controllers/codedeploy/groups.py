"""Reads deployment groups and configurations of a template, SAM's preferences, and CloudFormation's own hook.

Source: CloudFormation's reference of ``AWS::CodeDeploy::DeploymentGroup``, ``DeploymentConfig`` and the
``CodeDeploy`` hook for ECS; SAM: ``samtranslator/model/preferences`` (aws/serverless-application-model@7000d0a3).
"""

from __future__ import annotations

from drawdeploy.controllers.codedeploy import configs
from drawdeploy.controllers.codedeploy.appspec import ordered, short
from drawdeploy.controllers.codedeploy.configs import ECS, LAMBDA, SERVER, Config, Healthy, Shifting
from drawdeploy.controllers.codedeploy.fields import Properties
from drawdeploy.controllers.codedeploy.resources import desired
from drawdeploy.controllers.codedeploy.spec import (
    HOOKS,
    IN_PLACE,
    MOST_WAIT,
    REPLACE,
    ROLLBACK_EVENTS,
    STEP_FUNCTIONS,
    Hook,
    Spec,
)
from drawdeploy.errors import nearest
from drawdeploy.source import ListNode, MapNode

_GREEN = "Properties.BlueGreenDeploymentConfiguration"
_TYPES = ("AllAtOnce", "TimeBasedCanary", "TimeBasedLinear")
_MACHINE_TYPES = {"ALL_AT_ONCE": configs.ALL_AT_ONCE, "CANARY": configs.CANARY, "LINEAR": configs.LINEAR}
_LEAST_STEP = 14
"""Percent: CloudFormation's own hook takes no smaller steps."""


# --- a deployment group ----------------------------------------------------------------------------------------------


def group(fields: Properties, appspec_hooks: tuple[Hook, ...] = ()) -> Spec:
    """A deployment group with its configuration; the hooks are those of an AppSpec beside it, if there is one."""
    platform = _platform(fields)
    style = _style(fields, platform)
    config, known = _config(fields, platform)
    hooks = appspec_hooks or _alias_hooks(fields)
    return Spec(
        platform=platform,
        style=style,
        config=config,
        config_known=known,
        hooks=hooks,
        test_listener=fields.has("Properties.LoadBalancerInfo.TargetGroupPairInfoList[0].TestTrafficRoute"),
        approval_minutes=_approval(fields, platform, style),
        terminate_minutes=_wait(
            fields, f"{_GREEN}.TerminateBlueInstancesOnDeploymentSuccess.TerminationWaitTimeInMinutes"
        ),
        keeps=_keeps(fields),
        rollback=_rollback(fields),
        alarms=_alarms(fields),
        balanced=fields.has("Properties.LoadBalancerInfo"),
        discovers=_discovers(fields),
        replicas=_replicas(fields, platform),
    )


def _platform(fields: Properties) -> str:
    platform = fields.choice("Application.ComputePlatform", configs.PLATFORMS)
    if platform:
        return platform
    if fields.length("Properties.ECSServices") if isinstance(fields.node("Properties.ECSServices"), ListNode) else 0:
        return ECS
    name = configs.predefined(fields.text("Properties.DeploymentConfigName"))
    if name is not None and not fields.has("Application"):
        return name.platform
    return LAMBDA if fields.has("Alias") else SERVER


def _style(fields: Properties, platform: str) -> str:
    path = "Properties.DeploymentStyle"
    style = fields.choice(f"{path}.DeploymentType", (IN_PLACE, REPLACE), IN_PLACE if platform == SERVER else REPLACE)
    if platform != SERVER and style == IN_PLACE:
        fields.fault(f"{path}.DeploymentType", f"{platform} has no deployment in place", f"write {REPLACE}")
        return REPLACE
    if style == REPLACE:
        for name in ("OnPremisesInstanceTagFilters", "OnPremisesTagSet"):
            if platform == SERVER and fields.has(f"Properties.{name}"):
                fields.fault(f"Properties.{name}", "on-premises machines cannot be replaced", f"write {IN_PLACE}")
        option = fields.text(f"{path}.DeploymentOption", "WITH_TRAFFIC_CONTROL")
        if option == "WITHOUT_TRAFFIC_CONTROL":
            fields.fault(f"{path}.DeploymentOption", f"{REPLACE} needs traffic control", "write WITH_TRAFFIC_CONTROL")
    fields.choice(f"{path}.DeploymentOption", ("WITH_TRAFFIC_CONTROL", "WITHOUT_TRAFFIC_CONTROL"))
    return style


def _approval(fields: Properties, platform: str, style: str) -> int | None:
    path = f"{_GREEN}.DeploymentReadyOption"
    action = fields.choice(f"{path}.ActionOnTimeout", ("CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"))
    minutes = _wait(fields, f"{path}.WaitTimeInMinutes")
    return minutes if action == "STOP_DEPLOYMENT" and style == REPLACE and platform == SERVER else None


def _wait(fields: Properties, path: str) -> int:
    return fields.integer(path, 0, least=0, most=MOST_WAIT) or 0


def _keeps(fields: Properties) -> bool:
    path = f"{_GREEN}.TerminateBlueInstancesOnDeploymentSuccess"
    return fields.choice(f"{path}.Action", ("TERMINATE", "KEEP_ALIVE")) == "KEEP_ALIVE"


def _discovers(fields: Properties) -> bool:
    path = f"{_GREEN}.GreenFleetProvisioningOption.Action"
    return fields.choice(path, ("DISCOVER_EXISTING", "COPY_AUTO_SCALING_GROUP")) == "DISCOVER_EXISTING"


def _rollback(fields: Properties) -> tuple[str, ...]:
    path = "Properties.AutoRollbackConfiguration"
    if not fields.boolean(f"{path}.Enabled", fields.has(f"{path}.Events")):
        return ()
    count = fields.length(f"{path}.Events")
    events = [fields.choice(f"{path}.Events[{index}]", ROLLBACK_EVENTS) for index in range(count)]
    return tuple(event for event in ROLLBACK_EVENTS if event in events)


def _alarms(fields: Properties) -> tuple[str, ...]:
    path = "Properties.AlarmConfiguration"
    if not fields.boolean(f"{path}.Enabled", fields.has(f"{path}.Alarms")):
        return ()
    return tuple(fields.text(f"{path}.Alarms[{index}].Name") or "?" for index in range(fields.length(f"{path}.Alarms")))


def _alias_hooks(fields: Properties) -> tuple[Hook, ...]:
    """Hooks of a Lambda alias's update policy."""
    events = [event for event in HOOKS[LAMBDA] if fields.raw(f"Alias.{event}Hook") is not None]
    return ordered([Hook(event, (_function(fields, f"Alias.{event}Hook"),)) for event in events], LAMBDA, REPLACE)


def _function(fields: Properties, path: str) -> str:
    """Name of a function; of one that is only referred to, the reference."""
    node = fields.raw(path)
    if isinstance(node, MapNode) and node.entries:
        value = node.entries[0][1]
        return short(getattr(value, "text", "") or "?")
    return short(fields.text(path)) or "?"


def _replicas(fields: Properties, platform: str) -> int:
    if platform in (LAMBDA, STEP_FUNCTIONS):
        return 1
    fleet = fields.raw("Fleet")
    found = desired(fleet) if isinstance(fleet, MapNode) else None
    return int(found.text[:6]) if found is not None and int(found.text[:6]) else 3


# --- configurations --------------------------------------------------------------------------------------------------


def _config(fields: Properties, platform: str) -> tuple[Config, bool]:
    """The configuration of a group: one of the template, one of AWS's, or else one that only the account knows."""
    path = "Properties.DeploymentConfigName"
    if fields.raw("Config") is not None:
        return custom(fields, platform), True
    name = fields.text(path)
    known = name == "" and path not in fields.unknown
    found = configs.predefined(name)
    if found is not None and found.platform != platform:
        names = [key for key, config in configs.PREDEFINED.items() if config.platform == platform]
        fields.fault(
            path, f"'{name}' is for {found.platform}, and the application is of {platform}", f"such as {names[0]}"
        )
        found = None
    if found is None and name.startswith(configs.PREFIX):
        fields.fault(path, f"AWS has no '{name[:80]}'", nearest(name, configs.PREDEFINED))
    return found or configs.PREDEFINED[configs.DEFAULTS[platform]], known or found is not None


def custom(fields: Properties, platform: str) -> Config:
    """A configuration of the template's own."""
    given = fields.choice("Config.ComputePlatform", configs.PLATFORMS, platform)
    if given != platform:
        fields.fault("Config.ComputePlatform", f"is {given}, and the application is of {platform}")
    name = fields.text("Config.DeploymentConfigName", "Custom")
    default = configs.PREDEFINED[configs.DEFAULTS[platform]]
    if platform == SERVER:
        path = "Config.MinimumHealthyHosts"
        if not fields.has(path):
            return Config(name, platform, healthy=default.healthy)
        kind = fields.choice(f"{path}.Type", (configs.HOST_COUNT, configs.FLEET_PERCENT), configs.HOST_COUNT)
        most = 100 if kind == configs.FLEET_PERCENT else 100_000
        value = fields.integer(f"{path}.Value", 0, least=0, most=most) or 0
        return Config(name, platform, healthy=Healthy(kind, value))
    shifting = routing(fields, "Config.TrafficRoutingConfig", "Percentage", "Interval", platform)
    return Config(name, platform, shifting=shifting or default.shifting)


def routing(
    fields: Properties, path: str, percentage: str, interval: str, platform: str, least: int = 1
) -> Shifting | None:
    """How traffic shifts: the type, and the percentage and minutes of that type."""
    if not fields.has(path):
        return None
    kind = fields.choice(f"{path}.Type", _TYPES)
    if kind not in (configs.CANARY, configs.LINEAR):
        return Shifting(configs.ALL_AT_ONCE)
    prefix = ("Canary" if kind == configs.CANARY else "Linear") if percentage == "Percentage" else ""
    inner = f"{path}.{kind}"
    if not fields.has(inner) and percentage == "Percentage":
        fields.fault(inner, "is missing")
        return None
    step = fields.integer(f"{inner}.{prefix}{percentage}", 15, least=least, most=99) or 15
    minutes = fields.integer(f"{inner}.{prefix}{interval}", 5, least=1, most=MOST_WAIT) or 5
    found = Shifting(kind, step, minutes)
    whole = configs.steps(found)[-1][0]
    if platform == LAMBDA and whole > MOST_WAIT:
        fields.fault(inner, f"takes {whole} minutes", f"a shift of Lambda's takes at most {MOST_WAIT}")
    return found


# --- SAM, Step Functions, CloudFormation's hook ----------------------------------------------------------------------


def function(fields: Properties) -> Spec:
    """A function of SAM's with a DeploymentPreference."""
    path = "Properties.DeploymentPreference"
    if fields.raw("Properties.AutoPublishAlias") is None:
        fields.fault(path, "needs AutoPublishAlias", "such as 'AutoPublishAlias: live'")
    config, known = _preference(fields, f"{path}.Type")
    if not isinstance(alarms := fields.node(f"{path}.Alarms"), ListNode) and alarms is not None:
        fields.fault(f"{path}.Alarms", "must be a list")
    hooks = [
        Hook(event, (_function(fields, f"{path}.Hooks.{name}"),))
        for name, event in (("PreTraffic", "BeforeAllowTraffic"), ("PostTraffic", "AfterAllowTraffic"))
        if fields.raw(f"{path}.Hooks.{name}") is not None
    ]
    return Spec(
        LAMBDA, REPLACE, config, known, ordered(hooks, LAMBDA, REPLACE), alarms=_names(fields, f"{path}.Alarms")
    )


def _preference(fields: Properties, path: str) -> tuple[Config, bool]:
    name = fields.text(path)
    if not name and path not in fields.unknown and fields.raw(path) is None:
        fields.fault(path, "is missing", "such as Canary10Percent5Minutes")
    found = configs.predefined(f"{configs.PREFIX}{LAMBDA}{name}") or configs.predefined(name)
    if found is not None and found.platform == LAMBDA:
        return found, True
    return configs.PREDEFINED[configs.DEFAULTS[LAMBDA]], False


def _names(fields: Properties, path: str) -> tuple[str, ...]:
    node = fields.raw(path)
    count = len(node.items) if isinstance(node, ListNode) else 0
    return tuple(_function(fields, f"{path}[{index}]") for index in range(count))


def state_machine(fields: Properties) -> Spec:
    """A state machine of SAM's with a DeploymentPreference."""
    path = "Properties.DeploymentPreference"
    if fields.raw("Properties.AutoPublishAlias") is None:
        fields.fault(path, "needs AutoPublishAlias", "such as 'AutoPublishAlias: live'")
    kind = _MACHINE_TYPES[fields.choice(f"{path}.Type", _MACHINE_TYPES, "ALL_AT_ONCE") or "ALL_AT_ONCE"]
    percentage = fields.integer(f"{path}.Percentage", least=1, most=99)
    minutes = fields.integer(f"{path}.Interval", least=1, most=2100)
    if kind != configs.ALL_AT_ONCE:
        for name, value in (("Percentage", percentage), ("Interval", minutes)):
            if value is None and f"{path}.{name}" not in fields.unknown and not fields.has(f"{path}.{name}"):
                fields.fault(f"{path}.{name}", "is missing")
    shifting = Shifting(kind) if kind == configs.ALL_AT_ONCE else Shifting(kind, percentage or 10, minutes or 5)
    config = Config(fields.text(f"{path}.Type"), "", shifting=shifting)
    return Spec(STEP_FUNCTIONS, REPLACE, config, alarms=_names(fields, f"{path}.Alarms"))


def hook(fields: Properties) -> Spec:
    """CloudFormation's hook that has CodeDeploy replace the tasks of an ECS service while the stack is updated."""
    path = "Properties.TrafficRoutingConfig"
    shifting = routing(fields, path, "StepPercentage", "BakeTimeMins", ECS, least=_LEAST_STEP)
    if shifting is None:
        shifting = Shifting(configs.CANARY, 15, 5)
    for name in ("Applications", "ServiceRole"):
        if fields.raw(f"Properties.{name}") is None:
            fields.fault(f"Properties.{name}", "is missing")
    hooks = [
        Hook(event, (_function(fields, f"Properties.LifecycleEventHooks.{event}"),))
        for event in HOOKS[ECS]
        if fields.raw(f"Properties.LifecycleEventHooks.{event}") is not None
    ]
    for name in fields.keys("Properties.LifecycleEventHooks"):
        if name not in HOOKS[ECS]:
            fields.fault(f"Properties.LifecycleEventHooks.{name}", "ECS has no such event", nearest(name, HOOKS[ECS]))
    attributes = "Properties.Applications[0].ECSAttributes"
    return Spec(
        ECS,
        REPLACE,
        Config("TrafficRoutingConfig", ECS, shifting=shifting),
        hooks=ordered(hooks, ECS, REPLACE),
        test_listener=fields.has(f"{attributes}.TrafficRouting.TestTrafficRoute"),
        terminate_minutes=_wait(fields, "Properties.AdditionalOptions.TerminationWaitTimeInMinutes"),
        replicas=_replicas(fields, ECS),
    )
