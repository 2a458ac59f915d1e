using System.Runtime.Versioning;

// Guests are given descriptors, signals and terminals of a Unix system.
[assembly: SupportedOSPlatform("linux")]
[assembly: SupportedOSPlatform("macos")]
