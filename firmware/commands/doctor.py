"""`microdot doctor`: what this machine has and lacks."""

import json

import click

from firmware import options

_SIGNS = {"ok": ("ok", "green"), "missing": ("missing", "red"), "note": ("-", "yellow")}


@click.command("doctor")
@options.as_json
def command(as_json):
    """Show what this machine has and lacks, and the one command that mends it."""
    from firmware import doctor

    findings = doctor.examine()
    if as_json:
        click.echo(json.dumps(doctor.as_data(findings), indent=4))
        return
    width = max(len(finding.topic) for finding in findings)
    for finding in findings:
        sign, colour = _SIGNS[finding.state]
        click.echo(f"{finding.topic:{width}}  {click.style(f'{sign:7}', fg=colour)}  {finding.text}")
    remedy = doctor.remedy(findings)
    click.echo(f"\nto mend all of it: {remedy}" if remedy else "\nnothing to mend")
