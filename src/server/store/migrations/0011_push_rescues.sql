ALTER TABLE "job_attempts" ADD COLUMN "rescue_pushed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "push_rescues" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "job_attempts" ADD CONSTRAINT "job_attempts_pushed_is_kept" CHECK ("job_attempts"."rescue_pushed_at" is null or "job_attempts"."rescue_ref" is not null);