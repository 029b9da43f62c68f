DROP INDEX "events_of_product";--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "xact_id" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
CREATE INDEX "events_order" ON "events" USING btree ("xact_id","id");--> statement-breakpoint
CREATE INDEX "events_created_at" ON "events" USING brin ("created_at");