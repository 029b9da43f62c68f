CREATE TABLE "branch_lines" (
	"repo_key" text NOT NULL,
	"branch" text NOT NULL,
	"base" text NOT NULL,
	"number" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	"begun_at" timestamp with time zone,
	"pushed_at" timestamp with time zone,
	"broken_by_job_id" text collate "C",
	"left_at" timestamp with time zone,
	"left_because" text,
	CONSTRAINT "branch_lines_repo_key_branch_pk" PRIMARY KEY("repo_key","branch"),
	CONSTRAINT "branch_lines_in_order" UNIQUE("repo_key","base","number"),
	CONSTRAINT "branch_lines_left" CHECK (("branch_lines"."left_at" is null) = ("branch_lines"."left_because" is null)),
	CONSTRAINT "branch_lines_left_because" CHECK ("branch_lines"."left_because" in ('MERGED', 'GONE', 'FOREIGN'))
);
--> statement-breakpoint
-- The lines that jobs are on already: each its story's or run's first.
INSERT INTO "branch_lines" ("repo_key", "branch", "base", "number", "created_at", "begun_at", "pushed_at")
SELECT j.repo_key, j.branch, j.branch, 1, min(j.created_at), min(coalesce(j.started_at, j.created_at)) FILTER (WHERE j.base_sha IS NOT NULL), max(j.pushed_at)
  FROM "claude_jobs" j WHERE j.repo_key IS NOT NULL AND j.branch IS NOT NULL GROUP BY j.repo_key, j.branch;
