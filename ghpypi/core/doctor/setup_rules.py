"""The rules by which `ghpypi doctor` checks the setup of a store."""

from ghpypi.core.verify.rules import Level, VerifyRule


class SetupRule(VerifyRule):
    """Rules for the setup of a store."""

    STEP_BLOCKED = (
        Level.ERROR, "publishers",
        "a part of the setup cannot be checked or completed",
        "follow the message, then run 'ghpypi init'",
    )  # fmt: skip
    STEP_MISSING = (
        Level.WARNING, "publishers",
        "a part of the setup is missing or out of date",
        "run 'ghpypi init'",
    )  # fmt: skip
    STEP_CHANGED = (
        Level.NOTE, "publishers",
        "a part of the setup is not as 'ghpypi init' writes it, and is kept",
        "nothing, if it is meant; otherwise change it, or remove it and run 'ghpypi init'",
    )  # fmt: skip
    TOKEN_EXPIRES = (
        Level.WARNING, "publishers",
        "the token expires soon",
        "create a new one, and replace it where it is stored",
    )  # fmt: skip
    ROLE = (
        Level.WARNING, "publishers",
        "the user of the token may not write to the repository",
        "ask an administrator for the role publish: 'ghpypi access grant @LOGIN publish'",
    )  # fmt: skip
    ACTIONS_DISABLED = (
        Level.ERROR, "everyone",
        "GitHub Actions are disabled in the repository, so the index is never rebuilt",
        "enable them under Settings, Actions",
    )  # fmt: skip
    WORKFLOW_MISSING = (
        Level.ERROR, "everyone",
        "no workflow rebuilds the index",
        "run 'ghpypi init'",
    )  # fmt: skip
    WORKFLOW_DISABLED = (
        Level.ERROR, "everyone",
        "the index workflow is disabled, so new files do not appear",
        "enable it on its page, or with 'gh workflow enable'",
    )  # fmt: skip
    SCHEDULE = (
        Level.WARNING, "everyone",
        "GitHub suspends schedules after 60 days without activity in a public repository",
        "push a commit, or enable the workflow again when GitHub has disabled it",
    )  # fmt: skip
    NO_RUN = (
        Level.WARNING, "everyone",
        "the index workflow has never run",
        "start it on its page",
    )  # fmt: skip
    RUN_FAILED = (
        Level.ERROR, "everyone",
        "the last run of the index workflow failed, so new files do not appear",
        "read the log of the run, and re-run it",
    )  # fmt: skip
    RUN_OLD = (
        Level.WARNING, "everyone",
        "the index workflow has not succeeded for days, although it has a daily schedule",
        "check its triggers, and start it on its page",
    )  # fmt: skip
    BRANCH_RULES = (
        Level.WARNING, "everyone",
        "rules of the branch of the site prevent the index workflow from pushing to it",
        ("exclude the branch from the rules, or give the workflow the token of an app that is on "
         "their bypass list"),
    )  # fmt: skip
    TRUSTED_ENVIRONMENT_MISSING = (
        Level.WARNING, "publishers",
        ("a rule of trusted publishing names an environment that does not exist; GitHub creates it "
         "without restrictions when a job names it"),
        "create it under Settings, Environments, and restrict its branches and tags",
    )  # fmt: skip
    TRUSTED_ENVIRONMENT_OPEN = (
        Level.WARNING, "publishers",
        ("a rule of trusted publishing names an environment that has no restrictions, so jobs of "
         "all branches can publish"),
        "restrict its branches and tags, or require a review, under Settings, Environments",
    )  # fmt: skip
    PAGES_FAILED = (
        Level.ERROR, "installers",
        "the last build of Pages failed, so installers see an older index",
        "read the message on the page of the setting; the site may be too large (1 GB)",
    )  # fmt: skip
    PAGES_INSECURE = (
        Level.WARNING, "installers",
        "Pages do not enforce HTTPS",
        "enable 'Enforce HTTPS' under Settings, Pages",
    )  # fmt: skip
    PAGES_DOMAIN = (
        Level.WARNING, "installers",
        "Pages are at another address than 'url' in [index] of ghpypi.toml",
        "change one of them; 'ghpypi verify' shows what installers see",
    )  # fmt: skip
    ENVIRONMENT = (
        Level.ERROR, "installers",
        "the environment of Pages does not accept the branch of the site, so Pages are not built",
        "add the branch under Settings, Environments, github-pages",
    )  # fmt: skip
    SITE_SIZE = (
        Level.WARNING, "installers",
        "the site is almost as large as Pages publish at most",
        "offer fewer files, such as with [retention] or 'exclude-assets' in ghpypi.toml",
    )  # fmt: skip
    IMMUTABLE_EMPTY = (
        Level.NOTE, "publishers",
        ("an immutable release has no files: it was published before they were uploaded, and takes "
         "none now"),
        ("upload into another tag with 'ghpypi upload', or fill a draft and publish it with "
         "'ghpypi publish'"),
    )  # fmt: skip
    ASSETS = (
        Level.WARNING, "publishers",
        "a release has almost as many assets as GitHub allows; each wheel counts twice",
        "put further files into another release: 'ghpypi upload --tag'",
    )  # fmt: skip
    REPOSITORY_SIZE = (
        Level.WARNING, "everyone",
        "the repository is almost as large as GitHub recommends at most",
        "keep the branch of the site short: 'history = 50' in [index]",
    )  # fmt: skip
    RATE = (
        Level.WARNING, "publishers",
        "few requests to the API are left for this token",
        "wait until the limit is reset, or use another token",
    )  # fmt: skip
    REPOSITORY_UNREADABLE = (
        Level.ERROR, "everyone",
        "the configured repositories cannot be read",
        "check 'repositories' in [index], and the permissions of the token",
    )  # fmt: skip
    REPOSITORY_PRIVATE = (
        Level.WARNING, "everyone",
        ("a configured repository is not public, and the token of a workflow may read its own "
         "repository only"),
        "give the index workflow a token that may read it, as the secret GHPYPI_INDEX_TOKEN",
    )  # fmt: skip
    NAMESAKE = (
        Level.WARNING, "installers",
        "the public index has a project of the same name: pip takes the higher version of both",
        "rename the project, or let clients use this index only: 'ghpypi client'",
    )  # fmt: skip
