//! The contract of [`AccountCatalog`](crate::AccountCatalog).

use domain::{ApiKey, ApiKeyId, Role, Scope, Session, User};

use super::samples::{at, user};
use crate::Catalog;

pub(super) async fn accounts(catalog: &dyn Catalog) {
    assert!(!catalog.has_admin().await.expect("has admin"));
    let admin = user(1, Role::Admin);
    catalog.replace_setup_token(&[1; 32]).await.expect("token");
    catalog.replace_setup_token(&[2; 32]).await.expect("token");
    assert!(
        !catalog.set_up(&[1; 32], &admin).await.expect("set up"),
        "a replaced token counted"
    );
    assert!(catalog.set_up(&[2; 32], &admin).await.expect("set up"));
    assert!(
        !catalog
            .set_up(&[2; 32], &user(2, Role::Admin))
            .await
            .expect("set up"),
        "a token counted twice"
    );
    assert!(catalog.has_admin().await.expect("has admin"));
    assert!(
        !catalog
            .add_user(&User {
                id: user(3, Role::Viewer).id,
                ..admin.clone()
            })
            .await
            .expect("add")
    );
    assert!(catalog.add_user(&user(4, Role::Editor)).await.expect("add"));
    assert_eq!(
        catalog.user_by_email(&admin.email).await.expect("user"),
        Some(admin.clone())
    );
    assert_eq!(
        catalog.user(user(4, Role::Editor).id).await.expect("user"),
        Some(user(4, Role::Editor))
    );

    let session = Session {
        token_hash: [9; 32],
        user_id: admin.id,
        created_at: at(0),
        expires_at: at(100),
    };
    catalog.add_session(&session).await.expect("session");
    assert_eq!(
        catalog.session_user(&[9; 32], at(99)).await.expect("user"),
        Some(admin.clone())
    );
    assert_eq!(
        catalog.session_user(&[9; 32], at(100)).await.expect("user"),
        None,
        "a session outlived its end"
    );
    assert_eq!(catalog.session_user(&[8; 32], at(0)).await.expect("user"), None);
    catalog.remove_ended_sessions(at(99)).await.expect("remove ended");
    assert!(
        catalog
            .session_user(&[9; 32], at(0))
            .await
            .expect("user")
            .is_some()
    );
    catalog.remove_session(&[9; 32]).await.expect("remove");
    assert_eq!(catalog.session_user(&[9; 32], at(0)).await.expect("user"), None);

    let key = ApiKey {
        id: ApiKeyId::new(at(0), [5; 10]),
        name: "script".into(),
        key_hash: [5; 32],
        scopes: vec![Scope::Read, Scope::Write],
        owner: admin.id,
        created_at: at(0),
    };
    catalog.add_api_key(&key).await.expect("key");
    assert_eq!(catalog.api_key(&[5; 32]).await.expect("key"), Some(key));
    assert_eq!(catalog.api_key(&[6; 32]).await.expect("key"), None);
}
