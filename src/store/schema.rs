//! The tables, as diesel knows them: one description for both databases. A test compares it with each.
#![allow(missing_docs, reason = "the columns are described where rows become values")]

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Binary,
    }
}

diesel::table! {
    people (id) {
        id -> Text,
        directory -> Text,
        external_id -> Text,
        user_name -> Text,
        display_name -> Text,
        mail -> Text,
        session_name -> Text,
        federated_name -> Text,
        first_seen_at -> BigInt,
        last_seen_at -> BigInt,
    }
}

diesel::table! {
    sessions (id_hash) {
        id_hash -> Text,
        state -> Text,
        created_at -> BigInt,
        seen_at -> BigInt,
        person_id -> Nullable<Text>,
    }
}

diesel::table! {
    local_users (id) {
        id -> Text,
        user_name -> Text,
        name_folded -> Text,
        display_name -> Text,
        mail -> Text,
        password_hash -> Text,
        active -> Bool,
        version -> Integer,
        created_at -> BigInt,
        password_changed_at -> BigInt,
    }
}

diesel::table! {
    local_groups (id) {
        id -> Text,
        name -> Text,
    }
}

diesel::table! {
    local_memberships (group_id, user_id) {
        group_id -> Text,
        user_id -> Text,
    }
}

diesel::table! {
    local_attributes (user_id, name) {
        user_id -> Text,
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    accounts (id) {
        id -> Text,
        partition -> Text,
        account_id -> Text,
        label -> Text,
        colour -> Integer,
        version -> Integer,
        owner -> Text,
        contact -> Text,
        note -> Text,
    }
}

diesel::table! {
    access_keys (id) {
        id -> Text,
        name -> Text,
        name_folded -> Text,
        partition -> Text,
        key_id -> Text,
        secret -> Binary,
        note -> Text,
        account_id -> Nullable<Text>,
        arn -> Nullable<Text>,
        validated_at -> Nullable<BigInt>,
        state -> Text,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
        source -> Text,
        session_token -> Nullable<Binary>,
        expires_at -> Nullable<BigInt>,
        key_since -> BigInt,
        last_used_at -> Nullable<BigInt>,
        checked_at -> Nullable<BigInt>,
        trouble -> Nullable<Text>,
        mfa_serial -> Nullable<Text>,
        mfa_seed -> Nullable<Binary>,
        mfa_step -> BigInt,
        envelope -> Nullable<Text>,
        rotation_plan -> Nullable<Text>,
    }
}

diesel::table! {
    rotations (id) {
        id -> Text,
        access_key_id -> Text,
        instance -> Text,
        step -> Text,
        old_key_id -> Text,
        seen_key_ids -> Text,
        new_key_id -> Nullable<Text>,
        new_secret -> Nullable<Binary>,
        orphan_key_id -> Nullable<Text>,
        orphan_seen_at -> Nullable<BigInt>,
        trouble -> Nullable<Text>,
        failure -> Nullable<Text>,
        taken -> Text,
        started_by -> Text,
        started_at -> BigInt,
        step_at -> BigInt,
        not_before -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        until -> BigInt,
    }
}

diesel::table! {
    connectors (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        name_folded -> Text,
        description -> Text,
        access_key_id -> Text,
        partition -> Text,
        account_id -> Nullable<Text>,
        principal_type -> Text,
        role_arn -> Nullable<Text>,
        external_id -> Nullable<Text>,
        policy -> Nullable<Text>,
        policy_arns -> Text,
        omit_policy -> Bool,
        duration_seconds -> Nullable<Integer>,
        region -> Nullable<Text>,
        system_scope -> Bool,
        enabled -> Bool,
        open_without_asking -> Bool,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
        through -> Text,
        session_tags -> Text,
        console_start -> Text,
        source_identity -> Text,
        registry_tokens_outlive -> Bool,
    }
}

diesel::table! {
    connector_versions (connector_id, version) {
        connector_id -> Text,
        version -> Integer,
        content -> Text,
        saved_at -> BigInt,
        saved_by -> Text,
    }
}

diesel::table! {
    drafts (id) {
        id -> Text,
        person_id -> Text,
        connector_id -> Nullable<Text>,
        content -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    slugs (slug) {
        slug -> Text,
        connector_id -> Text,
    }
}

diesel::table! {
    grants (id) {
        id -> Text,
        connector_id -> Text,
        directory -> Text,
        group_id -> Text,
        group_name -> Text,
        group_detail -> Text,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    policy_examples (id) {
        id -> Text,
        kind -> Text,
        name -> Text,
        name_folded -> Text,
        description -> Text,
        text -> Text,
        version -> Integer,
        updated_at -> BigInt,
    }
}

diesel::table! {
    hidden_examples (id) {
        id -> Text,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        kind -> Text,
        name -> Text,
        slug -> Text,
        hash -> Text,
        created_by -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        access_key_id -> Nullable<Text>,
        person_id -> Nullable<Text>,
        parts -> Text,
        all_connectors -> Bool,
        networks -> Text,
        responsible_id -> Nullable<Text>,
        group_directory -> Nullable<Text>,
        group_id -> Nullable<Text>,
        group_name -> Nullable<Text>,
        orphaned_at -> Nullable<BigInt>,
        revoked_by -> Nullable<Text>,
        last_used_at -> Nullable<BigInt>,
        last_used_from -> Nullable<Text>,
    }
}

diesel::table! {
    api_token_connectors (token_id, connector_id) {
        token_id -> Text,
        connector_id -> Text,
    }
}

diesel::table! {
    creations (token_id, idempotency_key) {
        token_id -> Text,
        idempotency_key -> Text,
        fingerprint -> Text,
        made_id -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    usage_chains (id) {
        id -> Text,
        predecessor -> Nullable<Text>,
        predecessor_hash -> Binary,
        opened_at -> BigInt,
    }
}

diesel::table! {
    usage_log (id) {
        id -> BigInt,
        chain -> Text,
        seq -> BigInt,
        version -> Integer,
        at -> BigInt,
        kind -> Text,
        outcome -> Text,
        reason -> Text,
        actor_kind -> Text,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        directory -> Nullable<Text>,
        connector_id -> Nullable<Text>,
        connector_name -> Nullable<Text>,
        account_id -> Nullable<Text>,
        arn -> Nullable<Text>,
        session_name -> Nullable<Text>,
        source_identity -> Nullable<Text>,
        issued_key_id -> Nullable<Text>,
        expires_at -> Nullable<BigInt>,
        requested_seconds -> Nullable<Integer>,
        granted_seconds -> Nullable<Integer>,
        address -> Text,
        user_agent -> Text,
        request_id -> Text,
        detail -> Text,
        grant_id -> Nullable<Text>,
        group_path -> Nullable<Text>,
        rule -> Nullable<Text>,
        connector_version -> Nullable<Integer>,
        policy_hash -> Nullable<Text>,
        row_hash -> Binary,
    }
}

diesel::table! {
    generations (name) {
        name -> Text,
        number -> BigInt,
    }
}

diesel::joinable!(local_memberships -> local_users (user_id));
diesel::joinable!(local_attributes -> local_users (user_id));
diesel::joinable!(local_memberships -> local_groups (group_id));
diesel::allow_tables_to_appear_in_same_query!(
    settings,
    people,
    sessions,
    local_users,
    local_groups,
    local_memberships,
    local_attributes,
    accounts,
    access_keys,
    rotations,
    leases,
    connectors,
    connector_versions,
    drafts,
    slugs,
    grants,
    policy_examples,
    hidden_examples,
    api_tokens,
    api_token_connectors,
    creations,
    usage_chains,
    usage_log,
    generations
);
