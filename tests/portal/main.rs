//! One integration binary: the whole portal on real parts, one module for each page or endpoint.
//!
//! `tests/run` starts the real servers that some modules need and tells where they are in `DAYPASS_TEST_*`; a test whose
//! server is not there fails. With `DAYPASS_TEST_DATABASE=postgres` the same tests run on PostgreSQL.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[allow(dead_code, unused_imports, reason = "each module uses a part")]
mod support;

mod access_key_account;
mod access_key_checks;
mod access_key_list;
mod access_key_replace;
mod access_key_sources;
mod access_keys;
mod accounts;
mod architecture;
mod attacks;
mod bad_input;
mod browser;
mod canary;
mod chain;
mod chain_sources;
mod clients;
mod commands;
mod connector_drafts;
mod connector_limits;
mod connector_list;
mod connector_preview;
mod connector_test;
mod connector_versions;
mod connectors;
mod console;
mod container_credentials;
mod credentials;
mod crowd;
mod damaged;
mod database_faults;
mod deleted_meanwhile;
mod demo;
mod directories;
mod doctor;
mod edge;
mod faults;
mod hostile_names;
mod issuing;
mod key_files;
mod kill;
mod kms;
mod last_administrator;
mod ldap;
mod local_people;
mod memberships;
mod mfa;
mod migrations;
mod ministack;
mod my_access;
mod outbound;
mod partitions;
mod people;
mod per_person;
mod permissions;
mod policy_check;
mod policy_examples;
mod policy_examples_exchange;
mod policy_examples_ministack;
mod refusal_links;
mod regions;
mod reseal;
mod restricted;
mod role_chains;
mod rotation;
mod routes;
mod seed_api;
mod session;
mod setup;
mod sign_in;
mod slow_aws;
mod slow_clients;
mod surroundings;
mod system;
mod throttle;
mod typed_stays;
mod usage_log;
mod use_connector;
mod writer;
