"""The command line: `countersign …`. Each command imports what it needs, so that help and errors come at once."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from pydantic import ValidationError

from sync.errors import CountersignError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="countersign")
def group() -> None:
    """Countersign: an inventory exception inbox that lives in Slack."""


@group.command()
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(["web", "worker", "slack", "scheduler"]),
    help="What this process does; may be given several times. All of it without.",
)
def run(roles: tuple[str, ...]) -> None:
    """Run the bot, the webhooks' door and the sync core, as set up in .env and policy.yml."""
    from bot.cli.run import run_product

    run_product(roles)


@group.command()
@click.option(
    "--headless", is_flag=True, help="No browser page: play one exception from trigger to proof, and print it."
)
@click.option("--for", "seconds", type=click.FloatRange(min=1), default=None, help="Stop after so many seconds.")
@click.option("--port", type=int, default=0, help="Port of the workspace page (0: any free one).")
@click.option("--database", default=None, help="Database URL; a fresh SQLite file otherwise.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder for the demo's files; a temporary one otherwise.",
)
def demo(headless: bool, seconds: float | None, port: int, database: str | None, keep: Path | None) -> None:
    """Try everything on this machine: a local Slack workspace in the browser and a small shop, no account anywhere."""
    from bot.cli.demo import run_demo

    sys.exit(run_demo(headless=headless, seconds=seconds, port=port, database=database, keep=keep))


@group.command()
@click.option(
    "--to", "target", type=click.Path(path_type=Path), default=Path("policy.yml"), help="Where to write the policy."
)
@click.option("--defaults", is_flag=True, help="Ask nothing; write the pilot's defaults.")
def init(target: Path, defaults: bool) -> None:
    """Ask ten questions and write a policy for the pilot: one storefront, one source, one downstream, one queue."""
    from bot.cli.init import write_policy

    write_policy(target, defaults=defaults)


@group.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def check(as_json: bool) -> None:
    """Look at database, systems, Slack and catalogue, and say what to mend. Exit code 1 if something stops the product."""
    from bot.cli.check import checked

    ready, told = checked(as_json=as_json)
    click.echo(told)
    sys.exit(0 if ready else 1)


@group.command()
@click.option(
    "--from", "since", default=None, help="A date or time, like 2026-11-16; seven days before the end otherwise."
)
@click.option("--to", "until", default=None, help="A date or time at which the period ends; now otherwise.")
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(["family", "class", "channel", "vendor", "queue"]),
    help="Told apart by this; may be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def metrics(since: str | None, until: str | None, by: tuple[str, ...], as_json: bool) -> None:
    """The measures of a period, from recorded facts: what opened, how long it took, what it was worth, who carried it."""
    from bot.cli.metrics import told

    click.echo(told(since, until, by, as_document=as_json))


@group.command()
@click.option("--systems", default="", help="Names from policy, separated by commas; all without.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Keep the snapshots as Parquet in this folder.",
)
def reconcile(systems: str, as_json: bool, keep: Path | None) -> None:
    """Read and compare whole what all systems believe; say what no event explained and which webhooks never came."""
    from bot.cli.reconcile import reconciled

    click.echo(reconciled(systems, as_json=as_json, keep=keep))


@group.group()
def policy() -> None:
    """Read the rules back."""


@policy.command("explain")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=Path("policy.yml"))
def policy_explain(file: Path) -> None:
    """Say in plain English what a policy file means; name what is wrong with it, by line."""
    from bot.cli.policy import explain_file

    click.echo(explain_file(file))


@policy.command("route")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=Path("policy.yml"))
@click.option("--class", "cls", required=True, help="The class of exception, like stale_feed.")
@click.option("--sku", default=None, help="The SKU it is about.")
@click.option("--system", "systems", multiple=True, help="A system it is about; may be given again.")
@click.option("--location", default=None, help="The place it is about.")
@click.option("--family", default=None, help="The product family, where only the catalogue knows it.")
def policy_route(
    file: Path, cls: str, sku: str | None, systems: tuple[str, ...], location: str | None, family: str | None
) -> None:
    """Say which queue would own an exception, which line of the policy says so, and who is told in turn."""
    from bot.cli.policy import route_in_file

    click.echo(route_in_file(file, cls, sku=sku, systems=systems, location=location, family=family))


@policy.command("apply")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=Path("policy.yml"))
@click.option("--author", required=True, help="Who takes it, by the name in the policy in force.")
@click.option("--second", default=None, help="A second person; needed where approvers or limits change.")
def policy_apply(file: Path, author: str, second: str | None) -> None:
    """Take a changed policy by name. A running product takes other changes from its file by itself."""
    from bot.cli.apply import apply_file

    click.echo(apply_file(file, author, second))


@group.group()
def proof() -> None:
    """Show and verify proofs."""


@proof.command("show")
@click.argument("exception")
@click.option("--json", "as_json", is_flag=True, help="The proof as JSON, as it is exported.")
def proof_show(exception: str, as_json: bool) -> None:
    """Show the proof of an exception: `countersign proof show EX-1042`."""
    from bot.cli.proof import show

    click.echo(show(exception, as_json=as_json))


@proof.command("verify")
@click.argument("exception", required=False)
@click.option(
    "--file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Verify an exported proof instead."
)
def proof_verify(exception: str | None, file: Path | None) -> None:
    """Verify one chain, an exported file, or every chain. Exit code 1 and the place when something does not fit."""
    from bot.cli.proof import verify

    problems, told = verify(exception, file)
    click.echo(told)
    sys.exit(1 if problems else 0)


@group.command()
def migrate() -> None:
    """Bring the database to this version. `run` does it by itself; this is for upgrades done ahead."""
    from bot.cli.run import migrate_database

    click.echo(migrate_database())


@group.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-raw", "raw", is_flag=True, help="Raw bytes of deliveries with their keys, too: people's data.")
def backup(file: Path, raw: bool) -> None:
    """Write everything into one archive, at one instant, while the product runs."""
    from bot.cli.archive import backed_up

    click.echo(backed_up(file, raw=raw))


@group.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(file: Path) -> None:
    """Fill an empty database from an archive; it may be another kind of database than the one it came from."""
    from bot.cli.archive import restored

    click.echo(restored(file))


@group.command()
@click.option(
    "--backup",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the archive made before goes.",
)
def upgrade(file: Path) -> None:
    """Back up, bring the tables to this version, verify every chain."""
    from bot.cli.archive import upgraded

    click.echo(upgraded(file))


@group.command()
@click.option(
    "--policy",
    "file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The rules to try.",
)
@click.option("--since", default="14 days", show_default=True, help="How far back, like `14 days`.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def backtest(file: Path, since: str, as_json: bool) -> None:
    """Live through the recorded past under other rules, and set what they come to beside today's."""
    from bot.cli.backtest import backtested

    click.echo(backtested(file, since, as_json=as_json))


@group.command()
@click.argument("language")
def language(language: str) -> None:
    """Write the file of a LANGUAGE (like `fr`) anew with every text of this version, and say what it lacks. Exit code 1 while it
    lacks something."""
    from bot.cli.language import renewed

    whole, told = renewed(language)
    click.echo(told)
    sys.exit(0 if whole else 1)


@group.command("map")
@click.argument("system")
@click.argument("code")
@click.argument("sku")
@click.option(
    "--from",
    "since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="From when on it means this, UTC. Without: it always did, and was mapped wrongly.",
)
@click.option("--by", required=True, help="Who says so: a name for the proof.")
@click.option("--yes", is_flag=True, help="Do not ask after showing what it does.")
def map_code(system: str, code: str, sku: str, since: datetime | None, by: str, yes: bool) -> None:
    """Correct what a CODE of a SYSTEM means (or variant:39, one of its own ids): shows both products before and after, asks, and
    folds both anew."""
    from bot.cli.mapping import mapped, previewed, wish_of

    wish = wish_of(system, code, sku, since.replace(tzinfo=UTC) if since is not None else None)
    click.echo(previewed(wish, by))
    if not yes:
        click.confirm("Correct it?", abort=True)
    click.echo(mapped(wish, by))


@group.group()
def ledger() -> None:
    """Close old periods of the ledger, and replay it."""


@ledger.command("close")
@click.option("--before", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The first day that stays open, UTC.")
@click.option(
    "--archive",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A new file for the facts that go.",
)
@click.option("--by", required=True, help="Who closes it: a name for the chain.")
def ledger_close(before: datetime, archive: Path, by: str) -> None:
    """Move the facts of an old period into an archive; a hashed carry per SKU takes their place."""
    from bot.cli.ledger import closed

    click.echo(closed(before.date(), archive, by))


@ledger.command("verify")
@click.option(
    "--archive", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Hold an archive to the chain, too."
)
def ledger_verify(archive: Path | None) -> None:
    """Replay the ledger and hold it to the live state, and carries to their chain. Exit code 1 when something does not fit."""
    from bot.cli.ledger import verified

    problems, told = verified(archive)
    click.echo(told)
    sys.exit(1 if problems else 0)


@group.command()
@click.option("--system", required=True, help="Whose deliveries: a system's name in policy.")
@click.option(
    "--order", "orders", multiple=True, help="An order's number or id; its refunds and parcels are found by it."
)
@click.option(
    "--customer", "customers", multiple=True, help="A customer's id, name, address, e-mail or telephone number."
)
@click.option("--everything", is_flag=True, help="All raw bytes of the system.")
@click.option("--list", "only_list", is_flag=True, help="Only say which deliveries hold it.")
def erase(system: str, orders: tuple[str, ...], customers: tuple[str, ...], everything: bool, only_list: bool) -> None:
    """Erase the raw bytes of deliveries that hold a customer or an order. Facts and hashes hold no person and stay."""
    from bot.cli.erase import erase as erased

    if not (orders or customers or everything):
        raise click.UsageError("Say what: --order, --customer or --everything.")
    click.echo(erased(system, orders, customers, everything=everything, only_list=only_list))


def main() -> None:
    """The console command. Our own errors are told in a line or two, without a traceback."""
    try:
        group(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except CountersignError as error:
        click.echo(f"countersign: {error}", err=True)
        sys.exit(2)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            click.echo(f"countersign: {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}", err=True)
        sys.exit(2)
