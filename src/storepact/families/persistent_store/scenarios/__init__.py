"""The scenarios of the lifecycle and protection suites: a table of contents that can be run."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from storepact.engines.family import Scenario
from storepact.engines.story import Story
from storepact.families.persistent_store.scenarios import (
    auth,
    browsers,
    concurrency,
    config,
    create,
    defaults,
    delete,
    headers,
    identity,
    isolation,
    json_patch,
    links,
    patch_refusals,
    read,
    robustness,
    secrets,
    sizes,
    update,
    values,
)
from storepact.model.errors import PrerequisiteMissing, RequestUnsendable
from storepact.model.outcome import STORE, Reason


def _lifecycle(name: str, run: Callable[[Story], None], *needs: str) -> Scenario:
    return Scenario("lifecycle", name, run, frozenset(needs or ("writes",)))


def _store(name: str, module: str, function: str) -> Scenario:
    """A scenario of another module, which is loaded when it runs: most runs need no store."""

    def run(story: Story) -> None:
        getattr(import_module(f"{__name__}.{module}"), function)(story)

    return Scenario(STORE, name, run, frozenset({"writes", "stores"}))


def _protection(
    name: str, run: Callable[[Story], None], *needs: str, concurrent: bool = False, apart: str = ""
) -> Scenario:
    def run_sendable(story: Story) -> None:
        try:
            run(story)
        except RequestUnsendable as error:
            raise PrerequisiteMissing(Reason.NOT_OFFERED, str(error)) from None

    prerequisites = frozenset({"writes", *needs})
    return Scenario("protection", name, run_sendable, prerequisites, concurrent, apart)


#: The names stand in records. First come those that catch many faults with few requests.
SCENARIOS: tuple[Scenario, ...] = (
    _lifecycle("created-and-read", create.create_redis_and_read),
    _lifecycle("renamed", update.rename),
    _lifecycle("deleted", delete.delete_and_use_again),
    _lifecycle("little-given", create.create_with_required_members),
    _lifecycle("defaults-documented", defaults.use_documented_defaults),
    _lifecycle("all-or-nothing", patch_refusals.refuse_patch_as_a_whole),
    _lifecycle("two-writers", json_patch.write_with_preconditions),
    _lifecycle("written-back", config.write_back_redacted_config),
    _lifecycle("siblings", create.change_one_of_two),
    _lifecycle("dynamodb-created-and-read", create.create_dynamodb_and_read),
    _lifecycle("port-moved", config.replace_config),
    _lifecycle("retagged", update.replace_and_append_tags),
    _lifecycle("in-order", json_patch.apply_operations_in_order),
    _lifecycle("commented", update.patch_with_comment),
    _lifecycle("switched", update.switch_on_and_off),
    _lifecycle("password-rotated", config.rotate_password),
    _lifecycle("refused-create", create.refuse_create),
    _lifecycle("both-kinds", create.create_both_kinds),
    _lifecycle("created-twice", create.create_equal),
    _lifecycle("ids-in-other-case", identity.use_id_in_other_case),
    _lifecycle("similar-keys", identity.read_under_similar_keys),
    _lifecycle("created-anew", delete.create_after_delete),
    _lifecycle("all-tests-count", patch_refusals.refuse_if_any_test_fails),
    _lifecycle("tests-are-strict", json_patch.compare_tests_strictly),
    _lifecycle("parts-patched", json_patch.patch_parts),
    _lifecycle("not-editable", patch_refusals.refuse_edits_of_fixed_members),
    _lifecycle("nothing-there", patch_refusals.refuse_places_that_do_not_exist),
    _lifecycle("absent-members", patch_refusals.refuse_optional_members_that_are_absent),
    _lifecycle("provider-sets", json_patch.patch_members_that_the_provider_sets),
    _lifecycle("members-removed", json_patch.remove_members),
    _lifecycle("not-given-by-clients", create.send_read_only_members),
    _lifecycle("idle-patch", update.patch_without_effect),
    _lifecycle("versions", update.count_versions),
    _lifecycle("reader-sees-the-same", read.read_with_reader_token, "writes", "reader"),
    _lifecycle("many", sizes.list_many),
    _lifecycle("large-responses", sizes.receive_large_responses),
    _lifecycle("content-types", headers.send_content_types),
    _lifecycle("redis-configs", values.keep_redis_configs),
    _lifecycle("dynamodb-configs", values.keep_dynamodb_configs),
    _lifecycle("names", values.keep_names),
    _lifecycle("characters", values.keep_characters),
    _lifecycle("tags", values.keep_tags),
    _lifecycle("parts-kept", values.keep_parts),
    _lifecycle("configs-updated", values.keep_updated_configs),
    _lifecycle("control-characters", robustness.keep_control_characters),
    _lifecycle("lone-surrogates", robustness.keep_lone_surrogates),
    _lifecycle("long-values", robustness.keep_long_values),
    _lifecycle("raw-bodies", robustness.send_raw_bodies),
    _lifecycle("listed-whole", values.list_whole_values),
    _lifecycle("list-and-get-agree", read.compare_list_and_get, "reads"),
    _protection("secrets-sent-rightly", secrets.send_secrets),
    _protection("links", links.follow_links),
    _protection("not-let-in", auth.send_without_access),
    _protection("reader-changes-nothing", auth.write_with_reader_token, "reader"),
    _protection("secrets-sent-wrongly", secrets.send_secrets_in_wrong_requests),
    _protection("secrets-of-any-shape", secrets.send_secrets_of_any_shape),
    _protection("secrets-copied", secrets.copy_secrets),
    _protection("reader-sees-no-secret", secrets.read_secrets_with_reader_token, "reader"),
    _protection("environments-apart", isolation.use_two_environments, apart="environmentKey"),
    _protection("projects-apart", isolation.use_two_projects, apart="projectKey"),
    _protection("kinds-apart", isolation.use_other_kind),
    _protection("access", auth.compare_access_with_responses, "reader"),
    _protection("tunnels", auth.tunnel_through_post),
    _protection("origins", browsers.send_from_browser),
    _protection("one-version-one-winner", concurrency.write_one_version_concurrently, concurrent=True),
    _protection("no-update-lost", concurrency.update_members_concurrently, concurrent=True),
    _protection("created-at-once", concurrency.create_concurrently, concurrent=True),
    _protection("deleted-at-once", concurrency.delete_concurrently, concurrent=True),
    _protection("limits", headers.count_limits),
)

#: The scenarios of the suite `store`.
STORE_SCENARIOS: tuple[Scenario, ...] = (
    _store("redis", "stores", "synchronize_redis"),
    _store("dynamodb", "stores", "synchronize_dynamodb"),
    _store("redis-tls", "stores", "synchronize_redis_with_tls"),
    _store("redis-status", "store_status", "follow_redis_status"),
    _store("dynamodb-status", "store_status", "follow_dynamodb_status"),
    _store("redis-switched-off", "store_status", "switch_redis_off_and_delete"),
    _store("ten-thousand-contexts", "stores", "synchronize_many_contexts"),
)
