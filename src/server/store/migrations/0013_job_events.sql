CREATE TABLE "job_events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"job_id" text collate "C" NOT NULL,
	"claim_no" integer NOT NULL,
	"kind" text NOT NULL,
	"words" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	CONSTRAINT "job_events_kind" CHECK ("job_events"."kind" in ('QUEUED', 'BEGUN', 'LINE_LEFT', 'GIVEN_BACK', 'LAPSED', 'RESUMED', 'CONNECTION_LOST', 'STALLED', 'ACTIVE', 'TASK', 'VERIFIED', 'DELIVERED', 'CONFLICT', 'CANCEL_REQUESTED', 'DONE', 'FAILED', 'SKIPPED', 'CANCELLED', 'WORK_KEPT', 'WORK_DROPPED'))
);
--> statement-breakpoint
ALTER TABLE "claude_jobs" ADD COLUMN "active_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "job_events" ADD CONSTRAINT "job_events_job_id_claude_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."claude_jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "job_events_of_job" ON "job_events" USING btree ("job_id","id");