namespace Vee.ControlPlane;

/// <summary>May this user do this?</summary>
/// <param name="User">The user's name.</param>
/// <param name="Groups">Groups of the user.</param>
/// <param name="Verb">get, list, watch, create, update, patch, delete, deletecollection; for other paths the method in
/// lower case.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The plural; empty when <paramref name="Path"/> counts.</param>
/// <param name="Subresource">For example <c>status</c>; empty for the object itself.</param>
/// <param name="Namespace">Empty for the whole cluster.</param>
/// <param name="Name">Empty for collections.</param>
/// <param name="Path">The path of a request that is about no resource; else empty.</param>
public sealed record AccessQuestion(
    string User, IReadOnlyList<string> Groups, string Verb, string Group, string Resource, string Subresource,
    string Namespace, string Name, string Path);
